import type { Wait } from './command.ts'
import type { FollowingEvent } from './event.ts'
import type { SagaFailure } from './failure.ts'
import type { Merged } from './merge-late-success.ts'
import { foreseen, type Moment } from './moment.ts'
import { longestDurationMs } from './duration.ts'
import type { Plan, WaitNode } from './plan.ts'
import { queueAt } from './plan-steps.ts'
import { branchOf, currentNode } from './state-patch.ts'
import type { BufferedSignal, SagaState } from './state.ts'

/** What time alone has brought about by this moment: the saga's deadline has passed, a branch has slept or waited enough. */
export function passTime(plan: Plan, state: SagaState, moment: Moment): Merged {
  const { branch, at } = moment
  const due = dueEvent(plan, state, { branch, at })
  if (due === null) return { state, moment }
  const passed = {
    state: foreseen(plan, state, due, at),
    moment: { branch, at, events: [...moment.events, due] },
  }
  // Once more: a sleep may follow another one, and the first may have been over for long.
  return due.type === 'wait_timed_out' ? passed : passTime(plan, passed.state, passed.moment)
}

/** The same of the deadline alone, on the way back: nothing sleeps or waits there. */
export function passDeadline(plan: Plan, state: SagaState, moment: Moment): Merged {
  const { branch, at, events } = moment
  if (state.deadline !== 'none' || at < deadlineOf(plan, state)) return { state, moment }
  const passed = { type: 'deadline_passed' } as const
  return {
    state: foreseen(plan, state, passed, at),
    moment: { branch, at, events: [...events, passed] },
  }
}

function dueEvent(
  plan: Plan,
  state: SagaState,
  { branch, at }: Pick<Moment, 'branch' | 'at'>,
): FollowingEvent | null {
  if (state.deadline === 'none' && at >= deadlineOf(plan, state)) return { type: 'deadline_passed' }
  if (state.branches[branch] === undefined) return null
  const node = currentNode(plan, state, branch)
  const { wakeAt } = branchOf(state, branch)
  switch (node?.type) {
    case 'sleep':
      return at < wakeAt ? null : { type: 'slept', branch, sleep: node.name }
    case 'wait': {
      const isOver = wakeAt > 0 && at >= wakeAt && signalFor(state, branch, node) === undefined
      return isOver ? { type: 'wait_timed_out', branch, wait: node.name } : null
    }
    case 'step':
    case 'choice':
    case 'parallel':
    case 'forEach':
    case undefined:
      return null
  }
}

/** The first signal that came in time for a wait. */
export function signalFor(
  state: SagaState,
  branch: string,
  { name }: WaitNode,
): BufferedSignal | undefined {
  const { wakeAt } = branchOf(state, branch)
  return state.signals.find((each) => each.name === name && (wakeAt === 0 || each.at < wakeAt))
}

/** Why a saga turns back that waited in vain; null while it did not, or goes on without. */
export function waitedInVain(plan: Plan, { moment }: Merged): SagaFailure | null {
  const last = moment.events.at(-1)
  if (last?.type !== 'wait_timed_out') return null
  const node = plan.nodes.find(({ name }) => name === last.wait)
  if (node?.type !== 'wait' || node.onTimeout !== 'compensate') return null
  const message = `No signal "${last.wait}" came in time.`
  return { kind: 'timeout', code: 'wait_timeout', message, step: last.wait }
}

/** Sleeps, or waits, until the clock that the journal has set. */
export function waitOn(
  plan: Plan,
  state: SagaState,
  { branch, at }: Pick<Moment, 'branch' | 'at'>,
): Wait {
  const { wakeAt, cursor } = branchOf(state, branch)
  const time = wakeAt === 0 ? at + longestDurationMs : wakeAt
  const delayMs = delayUntil(plan, state, { time, at })
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

/** Whether the saga shall not go on, and no step is the reason: then it goes all the way back, if it still can. */
export function isCalledOff({ cancel, deadline }: SagaState): boolean {
  return cancel === 'requested' || deadline === 'passed'
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
