import type { FollowingEvent } from '../../packages/engine/src/core/event.ts'
import { entriesIn, valueAt } from '../../packages/engine/src/core/key-map.ts'
import type { Plan } from '../../packages/engine/src/core/plan.ts'
import { undoOf } from '../../packages/engine/src/core/plan-steps.ts'
import type { SagaState } from '../../packages/engine/src/core/state.ts'
import { stepNamed } from './plan-steps.ts'
import type { RowCase } from './row-case.ts'
import type { Shape } from './shape.ts'

type Direction = 'action' | 'compensation'

/** What happens in one direction of a step counts there, once, and nowhere else. */
export function attemptsCountApart(_: Shape, { before, after, decision }: RowCase): string | null {
  const failed = decision.events.find(isFailure)
  if (failed === undefined || decision.events.some(beginsAnew)) return null
  const direction = directionOf(failed, before)
  // Of a lost lease nobody says which step it was, and perhaps nothing ran.
  const named = failed.type === 'lease_lost' ? null : failed.step
  const counted = countsOf(before, after)
  const stray = counted.find(
    (count) =>
      count.more > 1 || count.direction !== direction || (named !== null && count.step !== named),
  )
  if (stray !== undefined)
    return `I13: an attempt at the ${direction} counts as ${stray.more} at the ${stray.direction} of "${stray.step}"`
  return named === null || counted.length === 1
    ? null
    : `I13: an attempt at the ${direction} of "${named}" is not counted`
}

type Failure = Extract<
  FollowingEvent,
  { readonly type: 'lease_lost' | 'action_failed' | 'action_rejected' | 'compensation_failed' }
>

function isFailure(event: FollowingEvent): event is Failure {
  return /^(lease_lost|action_failed|action_rejected|compensation_failed)$/.test(event.type)
}

/** Whoever asks an operator, or undoes once more, gets a fresh budget. */
function beginsAnew({ type }: FollowingEvent): boolean {
  return type === 'saga_resumed' || type === 'compensation_reopened'
}

function directionOf({ type }: Failure, { status }: SagaState): Direction {
  if (type === 'lease_lost') return status === 'running' ? 'action' : 'compensation'
  return type === 'compensation_failed' ? 'compensation' : 'action'
}

interface Count {
  readonly step: string
  readonly direction: Direction
  /** So many attempts more than before; never 0. */
  readonly more: number
}

function countsOf(before: SagaState, after: SagaState): readonly Count[] {
  return entriesIn(before.steps).flatMap(([step, was]) =>
    (['action', 'compensation'] as const).flatMap((direction) => {
      const ended = valueAt(after.steps, step)?.[direction].attempts.endedSinceResume ?? 0
      const more = ended - was[direction].attempts.endedSinceResume
      return more === 0 ? [] : [{ step, direction, more }]
    }),
  )
}

/** Nobody gives up before the budget of the handler in question is spent. */
export function budgetsAreSpentFirst({ plan }: Shape, { after, decision }: RowCase): string | null {
  for (const event of decision.events) {
    const direction = event.type === 'saga_stuck' ? exhausted[event.code] : undefined
    if (event.type !== 'saga_stuck' || event.step === null || direction === undefined) continue
    const ended = valueAt(after.steps, event.step)?.[direction].attempts.endedSinceResume ?? 0
    if (ended < budgetOf(plan, event.step, direction))
      return `I13: "${event.step}" is given up before its budget is spent`
  }
  return null
}

/** Codes that say that a budget is spent, and whose. */
const exhausted: Readonly<Record<string, Direction>> = {
  compensation_exhausted: 'compensation',
  retriable_step_exhausted: 'action',
}

function budgetOf(plan: Plan, step: string, direction: Direction): number {
  const retry =
    direction === 'compensation' ? undoOf(plan, step)?.retry : stepNamed(plan, step)?.retry
  return retry?.maximumAttempts ?? Number.POSITIVE_INFINITY
}
