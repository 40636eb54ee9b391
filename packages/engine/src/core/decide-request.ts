import { beginCompensation } from './begin-compensation.ts'
import type { CancelRequested } from './event.ts'
import type { SagaFailure } from './failure.ts'
import { stuck } from './halt.ts'
import { mergeLateSuccess } from './merge-late-success.ts'
import { foreseen } from './moment.ts'
import { turnsBack } from './next-action.ts'
import { orphanEffect, orphansOf } from './next-undo.ts'
import type { CancelAsked, LateReport, RetryAsked } from './observation.ts'
import type { OperatorActed } from './operator-event.ts'
import { pastPivot, pivotSucceeded } from './past-pivot.ts'
import type { Plan } from './plan.ts'
import { stepKey } from './plan-steps.ts'
import { nothing, refuse, type SagaDecision } from './saga-decision.ts'
import { setGoing } from './set-going.ts'
import { branchesAtWork, branchOf, currentStep, isAlive, stepOf } from './state-patch.ts'
import { mainBranch, type SagaState } from './state.ts'
import type { Stuck } from './stuck.ts'

/** Decides what somebody outside asks for. While a task may be held, that is a request; a stuck saga has no holder. */
export function decideRequest(
  plan: Plan,
  state: SagaState,
  asked: CancelAsked | RetryAsked,
): SagaDecision {
  switch (asked.type) {
    case 'cancel_asked':
      return cancel(plan, state, asked)
    case 'retry_asked':
      return retry(plan, state, asked)
  }
}

function cancel(plan: Plan, state: SagaState, asked: CancelAsked): SagaDecision {
  const { actor, reason } = asked
  const requested: CancelRequested = { type: 'cancel_requested', actor, reason }
  switch (state.status) {
    case 'compensated':
      // A cancel that is repeated has the answer that it had.
      return state.cancel === 'applied' ? nothing : refuse('The saga is already compensated.')
    case 'completed':
      return refuse('The saga is already completed.')
    case 'partially_compensated':
    case 'abandoned':
      return refuse(`The saga is ${state.status}: it has ended.`)
    case 'compensating':
      return cancelOnTheWayBack(plan, state, requested)
    case 'running':
      if (state.cancel === 'requested') return nothing
      return pivotSucceeded(plan, state) ? refuse(pastPivot) : { ...nothing, events: [requested] }
    case 'stuck':
      return turnBackStuck(plan, state, { requested, failure: canceledAt(state.stuck) })
  }
}

/** Asked twice, or undone already for another reason: either way it is on its way back, unless it would go forward again. */
function cancelOnTheWayBack(
  plan: Plan,
  state: SagaState,
  requested: CancelRequested | OperatorActed,
): SagaDecision {
  if (state.returning === null || state.cancel === 'requested') return nothing
  return pivotSucceeded(plan, state) ? refuse(pastPivot) : { ...nothing, events: [requested] }
}

/** A saga that has not ended. */
export type LiveState = Extract<SagaState, { status: 'running' | 'compensating' | 'stuck' }>

/** Decides on an operator's wish to go back: what a cancel does, and what stopped the saga stays its first cause. */
export function beginBack(plan: Plan, state: LiveState, requested: OperatorActed): SagaDecision {
  switch (state.status) {
    case 'running':
      if (state.cancel === 'requested') return refuse('The saga is about to go back already.')
      return pivotSucceeded(plan, state) ? refuse(pastPivot) : { ...nothing, events: [requested] }
    case 'stuck': {
      const { failure, step } = state.stuck
      return turnBackStuck(plan, state, { requested, failure: { ...failure, step } })
    }
    case 'compensating': {
      const found = cancelOnTheWayBack(plan, state, requested)
      const isAsked = found.events.length > 0 || found.refusal !== null
      return isAsked ? found : refuse('The saga is on its way back already.')
    }
  }
}

function canceledAt({ failure, step }: Stuck): SagaFailure {
  const message = `The saga was canceled while it was stuck: ${failure.message}`
  return { kind: 'canceled', code: 'canceled', message, step }
}

function turnBackStuck(
  plan: Plan,
  state: Extract<SagaState, { status: 'stuck' }>,
  asked: { readonly requested: CancelRequested | OperatorActed; readonly failure: SagaFailure },
): SagaDecision {
  const { requested, failure } = asked
  const { direction, branch, step, since: at } = state.stuck
  if (direction === 'backward') {
    return state.returning === null
      ? refuse('The saga is stuck on its way back; retry it instead.')
      : cancelOnTheWayBack(plan, state, requested)
  }
  const moment = { branch, at, events: [requested] }
  const merged = mergeLateSuccess(plan, foreseen(plan, state, requested, at), moment)
  if (pivotSucceeded(plan, merged.state)) return refuse(`${pastPivot} Retry it instead.`)
  if (!turnsBack(plan, merged.state, branch)) {
    return refuse(`Whether the pivot "${step}" took effect is unknown; retry it first.`)
  }
  return beginCompensation(plan, merged.state, { ...merged.moment, failure })
}

function retry(plan: Plan, state: SagaState, asked: RetryAsked): SagaDecision {
  const { actor, reason } = asked
  if (isAlive(state) && isDelayed(plan, state)) return { ...nothing, events: [hastening(asked)] }
  if (state.status !== 'stuck')
    return refuse(`The saga is ${state.status}; only a stuck saga is retried.`)
  return setGoing(plan, state, { type: 'saga_resumed', actor, reason })
}

function hastening({ actor, reason }: RetryAsked): OperatorActed {
  const about = { branch: null, step: null, before: 'delayed', after: 'due' } as const
  return { type: 'operator_acted', verb: 'retry', actor, reason, ...about }
}

/** Whether a branch waits for its next attempt, or did when it was last heard of. */
function isDelayed(plan: Plan, state: SagaState): boolean {
  return branchesAtWork(state).some((path) => notBeforeOf(plan, state, path) > 0)
}

function notBeforeOf(plan: Plan, state: SagaState, path: string): number {
  if (state.status === 'compensating') {
    const [next] = branchOf(state, path).undo
    return typeof next === 'string' ? stepOf(state, next).compensation.attempts.notBefore : 0
  }
  const node = currentStep(plan, state, path)
  if (node === undefined) return 0
  const { attempts, probe } = stepOf(state, stepKey(plan, path, node)).action
  return Math.max(attempts.notBefore, probe?.notBefore ?? 0)
}

/**
 * A late result is always kept. It changes the status only where a success shows that an undone saga is not undone, or that a
 * round which a completed one has left behind is not.
 */
export function decideLate(plan: Plan, state: SagaState, report: LateReport): SagaDecision {
  const event = { ...report, type: 'late_result' } as const
  if (!isEnd(state.status)) return { ...nothing, events: [event] }
  // A step that the journal has not reached, after a failover that lost rows, is history only.
  const [orphan] = orphansOf(foreseen(plan, state, event, state.startedAt))
  // The branch of the fork is gone: a saga that has ended has the main one only.
  return orphan === undefined
    ? { ...nothing, events: [event] }
    : stuck([event], orphanEffect(mainBranch, orphan))
}

/** The ends that an effect can follow of which nobody had heard. */
function isEnd(status: SagaState['status']): boolean {
  return status === 'completed' || status === 'compensated' || status === 'partially_compensated'
}
