import { evolveAction } from './evolve-action.ts'
import { evolveCompensation } from './evolve-compensation.ts'
import { evolveFallback } from './evolve-fallback.ts'
import { evolveFork } from './evolve-fork.ts'
import { evolveLateResult } from './evolve-late-result.ts'
import { evolveLeaseLost } from './evolve-lease-lost.ts'
import { evolveOperator } from './evolve-operator.ts'
import { evolveProbe } from './evolve-probe.ts'
import { evolveResumed, evolveStuck } from './evolve-stuck.ts'
import { evolveWait } from './evolve-wait.ts'
import type { Position, FollowingEvent, SagaStarted } from './event.ts'
import { evolveSavepoint } from './evolve-savepoint.ts'
import { newBranch } from './open-branches.ts'
import type { Plan } from './plan.ts'
import { scheduleAction } from './schedule-action.ts'
import { isWaitEvent } from './wait-event.ts'
import {
  mainBranch,
  noEdits,
  noRounds,
  noSignals,
  noSteps,
  nothingReceived,
  type SagaState,
} from './state.ts'

/** The state that the first event of a journal gives: running, with the first step of the plan due. */
export function begin(
  plan: Plan,
  sagaId: string,
  event: SagaStarted,
  position: Position,
): SagaState {
  const state: SagaState = {
    status: 'running',
    sagaId,
    seq: position.seq,
    key: event.key,
    input: event.input,
    edits: noEdits,
    startedAt: position.at,
    failure: null,
    failureSeq: 0,
    cancel: 'none',
    deadline: 'none',
    paused: false,
    turning: null,
    branches: { [mainBranch]: newBranch },
    fork: null,
    undoLines: {},
    items: {},
    signals: noSignals,
    received: nothingReceived,
    savepoints: noRounds,
    round: 1,
    returning: null,
    steps: noSteps,
  }
  return scheduleAction(plan, state, mainBranch, position)
}

/**
 * Folds one event into a state: the only way in which a state comes about. Deterministic; it judges nothing, because
 * `decide` did before the event was appended.
 *
 * @returns a new state; the old one is not touched
 * @throws RangeError when the event names a branch or a step that the journal has not reached: plan and journal differ
 */
export function evolve(
  plan: Plan,
  state: SagaState,
  event: FollowingEvent,
  position: Position,
): SagaState {
  return apply(plan, { ...state, seq: position.seq }, event, position)
}

function apply(plan: Plan, state: SagaState, event: FollowingEvent, position: Position): SagaState {
  if (isWaitEvent(event)) return evolveWait(plan, state, event, position)
  switch (event.type) {
    case 'action_starting':
    case 'action_succeeded':
    case 'action_rejected':
    case 'action_failed':
    case 'action_skipped':
      return evolveAction(plan, state, event, position)
    case 'fallback_began':
      return evolveFallback(state, event)
    case 'choice_made':
    case 'fork_began':
    case 'fork_joined':
    case 'branch_failed':
    case 'branch_stopped':
    case 'branch_halted':
    case 'branches_abandoned':
    case 'undo_forked':
    case 'undo_joined':
      return evolveFork(plan, state, event, position)
    case 'probing_began':
    case 'probe_answered':
    case 'probe_failed':
      return evolveProbe(plan, state, event, position)
    case 'compensation_began':
    case 'compensation_succeeded':
    case 'compensation_failed':
    case 'compensation_reopened':
    case 'compensation_settled':
      return evolveCompensation(plan, state, event, position)
    case 'savepoint_reached':
    case 'orphan_undo_began':
    case 'orphan_undo_ended':
      return evolveSavepoint(plan, state, event, position)
    case 'lease_lost':
      return evolveLeaseLost(plan, state, event, position)
    case 'saga_completed':
    case 'saga_compensated':
    case 'saga_partially_compensated':
    case 'saga_stuck':
    case 'saga_resumed':
    case 'cancel_requested':
    case 'cancel_refused':
    case 'operator_acted':
      return evolveSaga(plan, state, event, position)
    case 'late_result':
      return evolveLateResult(plan, state, event, position)
  }
}

/** Asked by somebody who had not read yet that the saga is on its whole way back: that is what was asked for. */
function cancelAfter(
  { status, returning }: SagaState,
  type: 'cancel_requested' | 'cancel_refused',
): SagaState['cancel'] {
  if (type === 'cancel_refused') return 'refused'
  return status === 'compensating' && returning === null ? 'applied' : 'requested'
}

type SagaEnding = 'saga_completed' | 'saga_compensated' | 'saga_partially_compensated'
type SagaHalting = 'saga_stuck' | 'saga_resumed' | 'operator_acted'
type Asking = 'cancel_requested' | 'cancel_refused'

/** Folds what is about the saga as a whole. */
function evolveSaga(
  plan: Plan,
  state: SagaState,
  event: Extract<FollowingEvent, { readonly type: SagaEnding | SagaHalting | Asking }>,
  position: Position,
): SagaState {
  switch (event.type) {
    case 'saga_completed':
    case 'saga_compensated':
    case 'saga_partially_compensated':
      return ended(state, event)
    case 'saga_stuck':
      return evolveStuck(state, event, position)
    case 'saga_resumed':
      return evolveResumed(state, position)
    case 'cancel_requested':
    case 'cancel_refused':
      return { ...state, cancel: cancelAfter(state, event.type) }
    case 'operator_acted':
      return evolveOperator(plan, state, event, position)
  }
}

/** What has ended is not paused any more. */
function ended(
  state: SagaState,
  event: Extract<FollowingEvent, { readonly type: SagaEnding }>,
): SagaState {
  switch (event.type) {
    case 'saga_completed':
      return { ...state, status: 'completed', paused: false, output: event.output }
    case 'saga_compensated':
      return { ...state, status: 'compensated', paused: false }
    case 'saga_partially_compensated':
      return { ...state, status: 'partially_compensated', paused: false }
  }
}
