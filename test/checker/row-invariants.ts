import type { CompensationBegan, FollowingEvent } from '../../packages/engine/src/core/event.ts'
import { entriesIn, valueAt } from '../../packages/engine/src/core/key-map.ts'
import type { SagaState } from '../../packages/engine/src/core/state.ts'
import { stepsOf } from './plan-steps.ts'
import { attemptsCountApart, budgetsAreSpentFirst } from './attempt-invariants.ts'
import { doubtChecks } from './doubt-invariants.ts'
import type { RowCase } from './row-case.ts'
import { fallbackChecks } from './fallback-invariants.ts'
import { forkChecks } from './fork-invariants.ts'
import { timesAreKept } from './time-invariants.ts'
import type { Shape } from './shape.ts'

type Check = (shape: Shape, row: RowCase) => string | null

/** The first invariant that a row breaks, in words; null when it breaks none. These hold from one row to the next. */
export function brokenByRow(shape: Shape, row: RowCase): string | null {
  for (const check of checks) {
    const broken = check(shape, row)
    if (broken !== null) return broken
  }
  return null
}

const checks: readonly Check[] = [
  holderIsAnswered,
  commandsFitTheDirection,
  oneVerdict,
  failureIsKept,
  endsAreLeftWithReason,
  endsAreWhole,
  lateResultsJudgeNothing,
  attemptsCountApart,
  budgetsAreSpentFirst,
  pivotIsNotPassed,
  undoneInReverse,
  ...fallbackChecks,
  ...forkChecks,
  ...doubtChecks,
  timesAreKept,
]

function holderIsAnswered(_: Shape, { decision, observation }: RowCase): string | null {
  const outside = observation === null || !('branch' in observation)
  if (outside || observation.type === 'late_report') return null
  if (decision.refusal !== null) return `R20: a holder is refused an answer: ${decision.refusal}`
  return decision.commands.length > 0 ? null : 'R20: a holder is told nothing'
}

function commandsFitTheDirection(_: Shape, { after, decision }: RowCase): string | null {
  for (const { type } of decision.commands) {
    if (/^run_(action|probe)$/.test(type) && (after.status !== 'running' || after.failure !== null))
      return `I5: ${type} is called for in a saga that is ${after.status}`
    if (type === 'run_compensation' && after.status !== 'compensating')
      return `I6: a compensation is called for in a saga that is ${after.status}`
  }
  return null
}

function oneVerdict(_: Shape, { before, decision }: RowCase): string | null {
  for (const event of decision.events) {
    const second = secondVerdict(before, event)
    if (second !== null) return second
  }
  return null
}

function secondVerdict({ steps }: SagaState, event: FollowingEvent): string | null {
  if (
    event.type === 'action_succeeded' &&
    valueAt(steps, event.step)?.action.status === 'succeeded'
  )
    return `G2: the action of "${event.step}" succeeds twice`
  if (event.type !== 'compensation_succeeded') return null
  return valueAt(steps, event.step)?.compensation.status === 'needed'
    ? null
    : `G2: the compensation of "${event.step}" succeeds without being owed`
}

function failureIsKept(_: Shape, { before, after }: RowCase): string | null {
  if (before.failure === null || same(before.failure, after.failure)) return null
  return 'R13: the first failure is overwritten'
}

function endsAreLeftWithReason(_: Shape, { before, after, decision }: RowCase): string | null {
  if (before.status === after.status) return null
  const way = `${before.status} → ${after.status}`
  const reasons = waysOut[way]
  if (reasons === undefined) return `I11: no saga goes ${way}`
  const types = decision.events.map(({ type }) => type)
  const reason = types.some((type) => reasons.includes(type))
  return reason ? null : `I11: a saga goes ${way} without ${reasons.join(' or ')}`
}

/** From one status to another, and the events of which one says why. */
const waysOut: Readonly<Record<string, readonly FollowingEvent['type'][]>> = {
  'running → completed': ['saga_completed'],
  'running → compensating': ['compensation_began'],
  'running → compensated': ['compensation_began'],
  'running → stuck': ['saga_stuck'],
  'compensating → compensated': ['saga_compensated'],
  'compensating → stuck': ['saga_stuck'],
  'stuck → running': ['saga_resumed'],
  'stuck → compensating': ['saga_resumed', 'cancel_requested'],
  'stuck → compensated': ['saga_resumed', 'cancel_requested'],
  'compensated → stuck': ['late_result'],
}

function endsAreWhole({ plan }: Shape, { after }: RowCase): string | null {
  const ended = after.status === 'completed' || after.status === 'compensated'
  if (!ended) return null
  if (after.cancel === 'requested') return `I12: a saga is ${after.status} with a cancel unanswered`
  const steps = stepsOf(plan).map(({ name }) => valueAt(after.steps, name))
  if (after.status === 'completed') {
    if (after.cancel === 'applied') return 'I12: a canceled saga completes'
    const open = steps.some((step) => !isThrough(step?.action.status))
    return open ? 'I1: a saga completes with a step that did not succeed' : null
  }
  const owing = steps.some((step) => step !== undefined && !isDone(step.compensation.status))
  return owing ? 'I2: a saga is compensated with a compensation still owed' : null
}

/** A step that a choice left out is done with. */
function isThrough(action: string | undefined): boolean {
  return action === 'succeeded' || action === 'skipped'
}

function isDone(compensation: string): boolean {
  return compensation === 'none' || compensation === 'compensated' || compensation === 'noop'
}

function lateResultsJudgeNothing(_: Shape, { before, after, decision }: RowCase): string | null {
  if (!decision.events.some(({ type }) => type === 'late_result')) return null
  if (decision.events.some(({ type }) => type === 'action_succeeded' || type === 'action_rejected'))
    return 'I7: a late result is taken for a verdict'
  if (!same(verdicts(before), verdicts(after))) return 'I7: a late result changes a verdict'
  const orphan = before.status === 'compensated' && after.status === 'stuck'
  return before.status === after.status || orphan ? null : 'I7: a late result moves the saga'
}

function verdicts({ steps, branches }: SagaState): unknown {
  return [
    entriesIn(steps).map(([, { action }]) => action.status),
    Object.values(branches).map(({ cursor, undo }) => [cursor, undo]),
  ]
}

/** The way back begins only where no pivot stands, is in flight or is in doubt. */
function pivotIsNotPassed({ plan }: Shape, { after, decision }: RowCase): string | null {
  if (!decision.events.some(({ type }) => type === 'compensation_began')) return null
  for (const node of stepsOf(plan)) {
    const action = valueAt(after.steps, node.name)?.action
    if (node.role !== 'pivot' || action === undefined) continue
    if (action.status === 'succeeded') return `I6: the saga turns back behind its pivot`
    const covered = action.status === 'rejected' && node.rejectionCoversEarlierAttempts
    if (action.unknownAttempts > 0 && !covered) return 'R8: the outcome of the pivot is guessed'
  }
  return null
}

/** What comes back is listed behind everything that came after it. */
function undoneInReverse({ inOrder }: Shape, { decision }: RowCase): string | null {
  for (const event of decision.events) {
    const wrong = event.type === 'compensation_began' ? outOfOrder(event, inOrder) : undefined
    if (wrong !== undefined) return `I4: "${wrong}" is undone before what came after it`
  }
  return null
}

function outOfOrder({ steps }: CompensationBegan, inOrder: Shape['inOrder']): string | undefined {
  return steps.find(({ step }, place) =>
    steps.slice(place + 1).some((later) => inOrder(step, later.step)),
  )?.step
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
