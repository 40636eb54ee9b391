import type { Wait } from './command.ts'
import type { FollowingEvent } from './event.ts'
import type { SagaFailure } from './failure.ts'
import type { Merged } from './merge-late-success.ts'
import { foreseen, type Moment } from './moment.ts'
import type { Plan } from './plan.ts'
import { queueAt } from './plan-steps.ts'
import { branchOf, currentNode } from './state-patch.ts'
import type { SagaState } from './state.ts'

/** What time alone has brought about by this moment: the saga's deadline has passed, or a branch has slept enough. */
export function passTime(plan: Plan, state: SagaState, moment: Moment): Merged {
  const { branch, at } = moment
  const due = dueEvent(plan, state, { branch, at })
  if (due === null) return { state, moment }
  // Once more: a sleep may follow another one, and the first may have been over for long.
  const events = [...moment.events, due]
  return passTime(plan, foreseen(plan, state, due, at), { branch, at, events })
}

function dueEvent(
  plan: Plan,
  state: SagaState,
  { branch, at }: Pick<Moment, 'branch' | 'at'>,
): FollowingEvent | null {
  if (state.deadline === 'none' && at >= deadlineOf(plan, state)) return { type: 'deadline_passed' }
  if (state.branches[branch] === undefined) return null
  const node = currentNode(plan, state, branch)
  if (node?.type !== 'sleep' || at < branchOf(state, branch).wakeAt) return null
  return { type: 'slept', branch, sleep: node.name }
}

/** Sleeps until the clock that the journal has set. */
export function sleepOn(
  plan: Plan,
  state: SagaState,
  { branch, at }: Pick<Moment, 'branch' | 'at'>,
): Wait {
  const { wakeAt, cursor } = branchOf(state, branch)
  const delayMs = delayUntil(plan, state, { time: wakeAt, at })
  return { type: 'wait', branch, queue: queueAt(plan, cursor), delayMs }
}

/** Milliseconds until then; no longer than until the deadline, which has to be noticed whatever a branch waits for. */
export function delayUntil(
  plan: Plan,
  state: SagaState,
  { time, at }: { readonly time: number; readonly at: number },
): number {
  const until = state.deadline === 'none' ? Math.min(time, deadlineOf(plan, state)) : time
  return Math.max(0, until - at)
}

/** When the saga's time is over, in milliseconds since 1970. */
export function deadlineOf(plan: Plan, { startedAt }: Pick<SagaState, 'startedAt'>): number {
  return plan.deadlineMs === undefined ? Number.POSITIVE_INFINITY : startedAt + plan.deadlineMs
}

/** Why a saga turns back that no step made turn back. */
export function outerCause(state: SagaState): SagaFailure {
  return state.cancel === 'requested' ? canceled : late
}

const canceled: SagaFailure = {
  kind: 'canceled',
  code: 'canceled',
  message: 'The saga was canceled.',
  step: null,
}

const late: SagaFailure = {
  kind: 'deadline',
  code: 'deadline',
  message: 'The deadline of the saga passed before its pivot.',
  step: null,
}
