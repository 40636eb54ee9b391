import { countFailure, countSuccess } from './attempts.ts'
import type {
  ActionFailed,
  ActionRejected,
  ActionStarting,
  ActionSucceeded,
  Position,
} from './event.ts'
import { mayHaveLeftTraces } from './left-traces.ts'
import type { ActionSkipped } from './operator-event.ts'
import { branchEnded } from './open-branches.ts'
import type { Plan } from './plan.ts'
import { isAllOrNothing, nodesOf, stepNode } from './plan-steps.ts'
import { retryOf } from './retry-budget.ts'
import type { RetryPolicy } from './retry-policy.ts'
import { scheduleAction } from './schedule-action.ts'
import { branchOf, patchBranch, patchStep, stepOf } from './state-patch.ts'
import { mainBranch, type ActionState, type SagaState } from './state.ts'

/** Folds what happened to an action. */
export function evolveAction(
  plan: Plan,
  state: SagaState,
  event: ActionStarting | ActionSucceeded | ActionRejected | ActionFailed | ActionSkipped,
  position: Position,
): SagaState {
  switch (event.type) {
    case 'action_starting':
      return patchBranch(state, event.branch, { startingClaimId: event.claimId })
    case 'action_succeeded': {
      const action = succeeded(stepOf(state, event.step).action, event, position)
      return passed(plan, settle(state, event, action), event.branch, position)
    }
    case 'action_skipped': {
      const action = skipped(stepOf(state, event.step).action, event, position)
      return passed(plan, settle(state, event, action), event.branch, position)
    }
    case 'action_rejected':
      return settle(state, event, rejected(endingOf(plan, state, event), event, position))
    case 'action_failed': {
      const ending = endingOf(plan, state, event)
      const ended = failed(ending, event, position)
      return settle(state, event, rolledBack(plan, event.step, { before: ending.action, ended }))
    }
  }
}

/** The branch goes on behind the step that it was at. */
function passed(plan: Plan, state: SagaState, branch: string, position: Position): SagaState {
  const cursor = branchOf(state, branch).cursor + 1
  return branch !== mainBranch && cursor === nodesOf(plan, branch).length
    ? branchEnded(plan, state, branch, position)
    : scheduleAction(plan, patchBranch(state, branch, { cursor }), branch, position)
}

/** What is unknown about its attempts stays unknown. */
function skipped(action: ActionState, { output }: ActionSkipped, { seq }: Position): ActionState {
  const seen = output === undefined ? { output: null, settledSeq: 0 } : { output, settledSeq: seq }
  return { ...action, status: 'skipped', probe: null, ...seen }
}

/**
 * The same of an attempt that left nothing behind: it is not in doubt, and nobody has to wait until it is quiet. What an
 * earlier rejection left behind is in doubt as before.
 */
function rolledBack(
  plan: Plan,
  step: string,
  { before, ended }: { readonly before: ActionState; readonly ended: ActionState },
): ActionState {
  if (!isAllOrNothing(plan, step)) return ended
  const { quietAt } = before
  return mayHaveLeftTraces(stepNode(plan, step), before)
    ? { ...ended, quietAt }
    : { ...ended, quietAt, unknownAttempts: before.unknownAttempts }
}

function succeeded(action: ActionState, event: ActionSucceeded, position: Position): ActionState {
  // A late success is of an attempt that was counted when its lease was lost.
  const late = event.attempt <= action.attempts.ended
  const attempts = late ? action.attempts : countSuccess(action.attempts)
  const { output } = event
  const settled = { attempts, settledSeq: position.seq, output, lateSuccess: null, probe: null }
  return { ...action, status: 'succeeded', ...settled, fallback: fallbackAfter(action) }
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
  const fallback = fallbackAfter(action)
  const settled = { ...action, status: 'rejected', settledSeq: seq, probe: null, fallback } as const
  if (via !== 'operator' && via !== 'probe') {
    const attempts = countFailure(action.attempts, { failure, seq, notBefore: 0, policy })
    return { ...settled, attempts }
  }
  // What a probe or an operator says is about attempts that have been counted, all of them.
  const attempts = { ...action.attempts, lastFailure: failure, lastFailureSeq: seq }
  return { ...settled, attempts, unknownAttempts: 0 }
}

/** Whatever comes of the attempt that the fallback was due for: it has had its one. */
function fallbackAfter({ fallback }: ActionState): ActionState['fallback'] {
  return fallback === 'due' ? 'spent' : fallback
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
    fallback: fallbackAfter(action),
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
