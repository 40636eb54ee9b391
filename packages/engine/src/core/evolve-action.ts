import { countFailure, countSuccess, noAttempts } from './attempts.ts'
import type {
  ActionFailed,
  ActionRejected,
  ActionStarting,
  ActionSucceeded,
  Position,
} from './event.ts'
import type { Plan } from './plan.ts'
import { retryOf } from './retry-budget.ts'
import type { RetryPolicy } from './retry-policy.ts'
import { branchOf, currentStep, patchBranch, patchStep, stepOf } from './state-patch.ts'
import type { ActionState, CompensationState, SagaState } from './state.ts'

const nothingToUndo: CompensationState = {
  status: 'none',
  outcome: 'unknown',
  attempts: noAttempts(0),
  round: 1,
  orphan: false,
}

/** Marks the step that a branch has come to as due; at the end of the plan there is none, and nothing changes. */
export function scheduleAction(
  plan: Plan,
  state: SagaState,
  path: string,
  position: Position,
): SagaState {
  const node = currentStep(plan, state, path)
  if (node === undefined) return state
  const action: ActionState = {
    status: 'scheduled',
    attempts: noAttempts(0),
    unknownAttempts: 0,
    probe: null,
    scheduledAt: position.at,
    scheduledSeq: position.seq,
    quietAt: 0,
    settledSeq: 0,
    output: null,
    lateSuccess: null,
  }
  const step = { action, compensation: nothingToUndo }
  return { ...state, steps: { ...state.steps, [node.name]: step } }
}

/** Folds what happened to an action. */
export function evolveAction(
  plan: Plan,
  state: SagaState,
  event: ActionStarting | ActionSucceeded | ActionRejected | ActionFailed,
  position: Position,
): SagaState {
  switch (event.type) {
    case 'action_starting':
      return patchBranch(state, event.branch, { startingClaimId: event.claimId })
    case 'action_succeeded': {
      const { branch } = event
      const settled = settle(
        state,
        event,
        succeeded(stepOf(state, event.step).action, event, position),
      )
      const cursor = branchOf(settled, branch).cursor + 1
      return scheduleAction(plan, patchBranch(settled, branch, { cursor }), branch, position)
    }
    case 'action_rejected':
      return settle(state, event, rejected(endingOf(plan, state, event), event, position))
    case 'action_failed':
      return settle(state, event, failed(endingOf(plan, state, event), event, position))
  }
}

function succeeded(action: ActionState, event: ActionSucceeded, position: Position): ActionState {
  // A late success is of an attempt that was counted when its lease was lost.
  const late = event.attempt <= action.attempts.ended
  const attempts = late ? action.attempts : countSuccess(action.attempts)
  const { output } = event
  const settled = { attempts, settledSeq: position.seq, output, lateSuccess: null, probe: null }
  return { ...action, status: 'succeeded', ...settled }
}

/** An action of which an attempt has just ended without a success. */
interface Ending {
  readonly action: ActionState
  readonly policy: RetryPolicy | undefined
}

function endingOf(plan: Plan, state: SagaState, { step }: ActionRejected | ActionFailed): Ending {
  return { action: stepOf(state, step).action, policy: retryOf(plan, step, 'action') }
}

function rejected(
  { action, policy }: Ending,
  { failure, via }: ActionRejected,
  { seq }: Position,
): ActionState {
  // What a probe says is about attempts that have been counted.
  const attempts =
    via === 'probe'
      ? { ...action.attempts, lastFailure: failure, lastFailureSeq: seq }
      : countFailure(action.attempts, { failure, seq, notBefore: 0, policy })
  return { ...action, status: 'rejected', attempts, settledSeq: seq, probe: null }
}

function failed({ action, policy }: Ending, event: ActionFailed, position: Position): ActionState {
  const { failure } = event
  const { seq, at } = position
  const notBefore = at + (event.retryDelayMs ?? 0)
  return {
    ...action,
    status: event.retryDelayMs === null ? 'unknown' : 'scheduled',
    attempts: countFailure(action.attempts, { failure, seq, notBefore, policy }),
    unknownAttempts: action.unknownAttempts + 1,
    // Another doubt, of which a probe knows nothing yet.
    probe: null,
    quietAt: Math.max(action.quietAt, at + event.quietAfterMs),
  }
}

/** A verdict is a sign of life: the count of deaths begins anew, and a start is no longer open. */
function settle(
  state: SagaState,
  event: { readonly branch: string; readonly step: string },
  action: ActionState,
): SagaState {
  const alive = patchBranch(state, event.branch, { deaths: 0, startingClaimId: null })
  return patchStep(alive, event.step, { action })
}
