import { decide } from '../../packages/engine/src/core/decide.ts'
import type { FollowingEvent } from '../../packages/engine/src/core/event.ts'
import { evolve } from '../../packages/engine/src/core/evolve.ts'
import { leaseLostFailure as failure } from '../../packages/engine/src/core/failure.ts'
import { fold } from '../../packages/engine/src/core/fold.ts'
import type { Observation } from '../../packages/engine/src/core/observation.ts'
import type { Plan } from '../../packages/engine/src/core/plan.ts'
import { stepOf } from '../../packages/engine/src/core/state-patch.ts'
import type { SagaState, StepState } from '../../packages/engine/src/core/state.ts'
import { valueAt, entriesIn } from '../../packages/engine/src/core/key-map.ts'
import { sagaStarted } from '../unit/core/journals.ts'

/** The transitions that a search has met, each as `from --> to`; `[*]` stands for what was not there before. */
export interface Transitions {
  readonly saga: ReadonlySet<string>
  readonly action: ReadonlySet<string>
  readonly compensation: ReadonlySet<string>
}

const branch = 'main'
/** Late enough for everything to be due. */
const at = 1_000_000_000
const verdict = { branch, at, failure, random: 0, quietAfterMs: 0 }
const someone = { actor: 'ann', reason: 'because' }

/**
 * Breadth-first through everything that can be seen of sagas with these plans. States that differ only in times and in
 * numbers of attempts that no budget depends on count as one; so the search ends by itself.
 */
export function reachableTransitions(searches: readonly Searched[]): Transitions {
  const found = {
    saga: new Set(['[*] --> running']),
    action: new Set<string>(),
    compensation: new Set<string>(),
  }
  for (const searched of searches) search(searched, found)
  return found
}

/** A plan, and what comes upon its sagas beside verdicts, cancels and retries: not all at once, or there are too many ways. */
export interface Searched {
  readonly plan: Plan
  /** Operators have wishes, or workers die. */
  readonly trouble: 'operators' | 'deaths' | 'none'
}

type Found = Record<keyof Transitions, Set<string>>

function search(searched: Searched, found: Found): void {
  const { plan } = searched
  const first = fold(plan, 'saga-1', [{ seq: 1, at: 0, events: [sagaStarted] }])
  const seen = new Map([[essence(first), first]])
  // A map iterates over what is added on the way: it is the queue as well.
  for (const state of seen.values()) {
    for (const events of rowsAfter(searched, state)) {
      const next = follow({ plan, found }, state, events)
      const name = essence(next)
      if (!seen.has(name)) seen.set(name, next)
    }
  }
}

function follow(
  { plan, found }: { readonly plan: Plan; readonly found: Found },
  state: SagaState,
  events: readonly FollowingEvent[],
): SagaState {
  const position = { seq: state.seq + 1, at: 0 }
  return events.reduce((before, event) => {
    const after = evolve(plan, before, event, position)
    note(found, before, after)
    return after
  }, state)
}

/** The word that the diagram has for a saga's status: a stuck one is stuck on its way there, or on its way back. */
function statusWord(state: SagaState): string {
  return state.status === 'stuck' ? `stuck_${state.stuck.direction}` : state.status
}

function note(found: Found, from: SagaState, to: SagaState): void {
  if (statusWord(from) !== statusWord(to)) {
    found.saga.add(`${statusWord(from)} --> ${statusWord(to)}`)
  }
  for (const [name, { action, compensation }] of entriesIn(to.steps)) {
    const before = inRound(from, name, action.round)
    const was = before?.action.status ?? '[*]'
    if (was !== action.status) found.action.add(`${was} --> ${action.status}`)
    const owed = wordFor(before?.compensation.status)
    const owes = wordFor(compensation.status)
    if (owed !== owes) found.compensation.add(`${owed} --> ${owes}`)
  }
}

/** A step in one round; in another one it is another thing, whatever it goes by by then. */
function inRound({ steps }: SagaState, key: string, round: number): StepState | undefined {
  const before = valueAt(steps, key) ?? valueAt(steps, nameOf(key))
  return before?.action.round === round ? before : undefined
}

/** Without the round that is over. */
function nameOf(key: string): string {
  return key.replace(/ \(round \d+\)$/, '')
}

function wordFor(compensation: string | undefined): string {
  return compensation === undefined || compensation === 'none' ? '[*]' : compensation
}

/** What tells two states apart for `decide`: where a count only matters up to a point, it counts up to there. */
function essence(state: SagaState): string {
  return JSON.stringify(state, (key, value: unknown) => {
    if (noise.has(key)) return undefined
    // Which failure it was changes nothing: there are no budgets by code here.
    if (key === 'firstFailure' || key === 'lastFailure') return value !== null
    const enough = caps.get(key)
    return enough !== undefined && typeof value === 'number' ? Math.min(value, enough) : value
  })
}

const noise = new Set([
  'seq',
  'settledSeq',
  'since',
  'ended',
  'notBefore',
  'scheduledAt',
  'scheduledSeq',
  'firstFailureSeq',
  'lastFailureSeq',
  'failureSeq',
  'failure',
])
const caps = new Map([
  ['deaths', 5],
  ['endedSinceResume', 2],
  ['round', 2],
  ['unknownAttempts', 1],
  ['quietAt', 1],
])

/** The rows that can be appended next: one for each thing that somebody may see, and those that need no decision. */
function rowsAfter(
  { plan, trouble }: Searched,
  state: SagaState,
): readonly (readonly FollowingEvent[])[] {
  const wishes = [
    ...observations(plan, state),
    ...(trouble === 'operators' ? operatorWishes(plan, state) : []),
  ]
  const decided = wishes.map((seen) => decide(plan, state, seen).events)
  const live = state.status === 'running' || state.status === 'compensating'
  if (!live) return decided.filter((events) => events.length > 0)
  const lost: FollowingEvent = { type: 'lease_lost', branch, claimId: 'c1' }
  const canceled: FollowingEvent = { type: 'cancel_requested', ...someone }
  const rows = [...decided.filter((events) => events.length > 0), [canceled]]
  return trouble === 'deaths' ? [...rows, [lost]] : rows
}

function observations(plan: Plan, state: SagaState): readonly Observation[] {
  const asked: readonly Observation[] = [
    { type: 'cancel_asked', ...someone },
    { type: 'retry_asked', ...someone },
    { type: 'claimed', branch, claimId: 'c1', at },
    ...late(state),
  ]
  const missing = { type: 'unworkable', code: 'definition_missing', ...verdict, ran: null } as const
  switch (state.status) {
    case 'running':
      return [...asked, missing, ...forward(plan, state)]
    case 'compensating':
      return [...asked, missing, ...backward(state)]
    case 'stuck':
    case 'completed':
    case 'compensated':
    case 'partially_compensated':
    case 'abandoned':
      return asked
  }
}

function forward(plan: Plan, state: SagaState): readonly Observation[] {
  const step = plan.nodes[state.branches[branch]?.cursor ?? 0]?.name
  if (step === undefined) return [{ type: 'output_computed', branch, at, output: null }]
  const { action } = stepOf(state, step)
  const attempt = action.attempts.ended + 1
  const { round } = action
  const ended = { ...verdict, step, attempt, round }
  const ran = { step, attempt }
  if (action.probe !== null) {
    const claimed = decide(plan, state, { type: 'claimed', branch, claimId: 'c1', at })
    const [asked] = claimed.commands
    // While a probe is asked, no action is at work that could give a verdict.
    if (asked?.type === 'run_probe') return answers(ended)
    if (asked?.type !== 'run_action') return []
  }
  return [
    { type: 'action_succeeded', ...ended, output: null },
    { type: 'action_rejected', ...ended },
    { type: 'action_failed', ...ended },
    { type: 'unworkable', code: 'payload_invalid', ...verdict, ran },
  ]
}

function answers(
  ended: typeof verdict & { step: string; attempt: number },
): readonly Observation[] {
  return [
    { type: 'probe_answered', ...ended, answer: { status: 'succeeded', output: null } },
    { type: 'probe_answered', ...ended, answer: { status: 'rejected', failure } },
    { type: 'probe_failed', ...ended },
  ]
}

function backward(state: SagaState): readonly Observation[] {
  const step = state.branches[branch]?.undo[0]
  if (typeof step !== 'string') return []
  const attempt = (valueAt(state.steps, step)?.compensation.attempts.ended ?? 0) + 1
  const ended = { ...verdict, step, attempt }
  return [
    { type: 'compensation_succeeded', ...ended },
    { type: 'compensation_succeeded', ...ended, noop: 'never_ran' },
    { type: 'compensation_failed', ...ended },
  ]
}

/**
 * What an operator may ask for; what is not legal is refused. Left out is what moves nothing by a way of its own: a pause, an
 * edit (which is a retry), and to compensate (which is a cancel).
 */
function operatorWishes({ nodes }: Plan, { status }: SagaState): readonly Observation[] {
  const asking = { type: 'operator_asked', ...someone, step: null } as const
  const abandon = { ...asking, verb: 'abandon' } as const
  // Of sagas with several steps only what those with one cannot show, so that the search ends soon.
  if (nodes.length > 1) return [{ ...asking, verb: 'waive' }]
  if (status !== 'stuck') return [abandon]
  return [
    abandon,
    { ...asking, verb: 'skip', output: null },
    { ...asking, verb: 'resolve', outcome: { status: 'succeeded', output: null } },
    { ...asking, verb: 'resolve', outcome: { status: 'no_effect' } },
    { ...asking, verb: 'mark_compensated' },
    { ...asking, verb: 'waive' },
  ]
}

/** Only an attempt whose outcome is unknown can be reported late. */
function late(state: SagaState): readonly Observation[] {
  const doubtful = entriesIn(state.steps).filter(([, { action }]) => action.unknownAttempts > 0)
  return doubtful.map(([key, { action }]) => ({
    type: 'late_report',
    branch,
    step: nameOf(key),
    round: action.round,
    kind: 'action',
    attempt: 1,
    claimId: 'c0',
    outcome: { status: 'succeeded', output: null },
  }))
}
