import { countFailure, countSuccess } from './attempts.ts'
import type {
  ActionFailed,
  ActionRejected,
  ActionStarting,
  ActionSucceeded,
  Position,
} from './event.ts'
import { branchEnded } from './open-branches.ts'
import type { Plan } from './plan.ts'
import { isAllOrNothing, nodesOf } from './plan-steps.ts'
import { scheduleAction } from './schedule-action.ts'
import { branchOf, patchBranch, patchStep, stepOf } from './state-patch.ts'
import { mainBranch, type ActionState, type SagaState } from './state.ts'

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
      return branch !== mainBranch && cursor === nodesOf(plan, branch).length
        ? branchEnded(plan, settled, branch, position)
        : scheduleAction(plan, patchBranch(settled, branch, { cursor }), branch, position)
    }
    case 'action_rejected':
      return settle(state, event, rejected(stepOf(state, event.step).action, event, position))
    case 'action_failed': {
      const { action } = stepOf(state, event.step)
      const ended = failed(action, event, position)
      // An attempt that left nothing behind is not in doubt, and nobody has to wait until it is quiet.
      const { unknownAttempts, quietAt } = isAllOrNothing(plan, event.step) ? action : ended
      return settle(state, event, { ...ended, unknownAttempts, quietAt })
    }
  }
}

function succeeded(action: ActionState, event: ActionSucceeded, position: Position): ActionState {
  // A late success is of an attempt that was counted when its lease was lost.
  const late = event.attempt <= action.attempts.ended
  const attempts = late ? action.attempts : countSuccess(action.attempts)
  const { output } = event
  const settled = { attempts, settledSeq: position.seq, output, lateSuccess: null }
  return { ...action, status: 'succeeded', ...settled }
}

function rejected(action: ActionState, event: ActionRejected, position: Position): ActionState {
  const { seq } = position
  const attempts = countFailure(action.attempts, { failure: event.failure, seq, notBefore: 0 })
  return { ...action, status: 'rejected', attempts, settledSeq: seq }
}

function failed(action: ActionState, event: ActionFailed, position: Position): ActionState {
  const { failure } = event
  const { seq, at } = position
  const notBefore = at + (event.retryDelayMs ?? 0)
  return {
    ...action,
    status: event.retryDelayMs === null ? 'unknown' : 'scheduled',
    attempts: countFailure(action.attempts, { failure, seq, notBefore }),
    unknownAttempts: action.unknownAttempts + 1,
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
