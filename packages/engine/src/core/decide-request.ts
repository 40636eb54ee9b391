import { probeOrAct, probingOf } from './begin-probing.ts'
import { beginCompensation } from './begin-compensation.ts'
import type { SagaDecision } from './saga-decision.ts'
import type { CancelRequested } from './event.ts'
import type { ProbingBegan } from './probe-event.ts'
import type { SagaFailure } from './failure.ts'
import { stuck } from './halt.ts'
import { mergeLateSuccess } from './merge-late-success.ts'
import { foreseen } from './moment.ts'
import { turnsBack } from './next-action.ts'
import { nextUndo, orphanEffect, orphansOf } from './next-undo.ts'
import type { CancelAsked, LateReport, RetryAsked } from './observation.ts'
import { pastPivot, pivotSucceeded } from './past-pivot.ts'
import type { Plan } from './plan.ts'
import { mainBranch, type SagaState } from './state.ts'

const nothing: SagaDecision = { events: [], commands: [], refusal: null }

function refuse(reason: string): SagaDecision {
  return { ...nothing, refusal: reason }
}

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
    case 'compensating':
      return cancelOnTheWayBack(plan, state, requested)
    case 'running':
      if (state.cancel === 'requested') return nothing
      return pivotSucceeded(plan, state) ? refuse(pastPivot) : { ...nothing, events: [requested] }
    case 'stuck':
      return cancelStuck(plan, state, requested)
  }
}

/** Asked twice, or undone already for another reason: either way it is on its way back, unless it would go forward again. */
function cancelOnTheWayBack(
  plan: Plan,
  state: SagaState,
  requested: CancelRequested,
): SagaDecision {
  if (state.returning === null || state.cancel === 'requested') return nothing
  return pivotSucceeded(plan, state) ? refuse(pastPivot) : { ...nothing, events: [requested] }
}

function cancelStuck(
  plan: Plan,
  state: Extract<SagaState, { status: 'stuck' }>,
  requested: CancelRequested,
): SagaDecision {
  const { direction, branch, step, failure, since: at } = state.stuck
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
  const canceled: SagaFailure = {
    kind: 'canceled',
    code: 'canceled',
    message: `The saga was canceled while it was stuck: ${failure.message}`,
    step,
  }
  return beginCompensation(plan, merged.state, { ...merged.moment, failure: canceled })
}

function retry(plan: Plan, state: SagaState, asked: RetryAsked): SagaDecision {
  if (state.status !== 'stuck')
    return refuse(`The saga is ${state.status}; only a stuck saga is retried.`)
  const { actor, reason } = asked
  const { branch, since } = state.stuck
  const resumed = { type: 'saga_resumed', actor, reason } as const
  const moved = foreseen(plan, state, resumed, since)
  const moment = { branch, at: since, events: [resumed] }
  // In a fork, each branch that was halted goes on by itself.
  if (moved.fork !== null) return { ...nothing, events: [resumed, ...probings(plan, state, moved)] }
  return moved.status === 'compensating'
    ? nextUndo(plan, moved, moment)
    : probeOrAct(plan, moved, moment)
}

/** What the branches that were halted ask first. */
function probings(plan: Plan, before: SagaState, moved: SagaState): readonly ProbingBegan[] {
  if (moved.status !== 'running') return []
  const halted = Object.entries(before.branches).flatMap(([path, { halt }]) =>
    halt === null ? [] : [path],
  )
  return halted.flatMap((path) => probingOf(plan, moved, path) ?? [])
}

/**
 * A late result is always kept. It changes the status only where a success shows that an undone saga is not undone, or that a
 * round which a completed one has left behind is not.
 */
export function decideLate(plan: Plan, state: SagaState, report: LateReport): SagaDecision {
  const event = { ...report, type: 'late_result' } as const
  if (state.status !== 'compensated' && state.status !== 'completed') {
    return { ...nothing, events: [event] }
  }
  // A step that the journal has not reached, after a failover that lost rows, is history only.
  const [orphan] = orphansOf(foreseen(plan, state, event, state.startedAt))
  // The branch of the fork is gone: a saga that has ended has the main one only.
  return orphan === undefined
    ? { ...nothing, events: [event] }
    : stuck([event], orphanEffect(mainBranch, orphan))
}
