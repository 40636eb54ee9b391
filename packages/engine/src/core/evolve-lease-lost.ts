import { evolveAction } from './evolve-action.ts'
import { evolveProbe } from './evolve-probe.ts'
import { evolveCompensation } from './evolve-compensation.ts'
import type { LeaseLost, Position } from './event.ts'
import { leaseLostFailure } from './failure.ts'
import { isGivenUp } from './given-up.ts'
import { needsStarting, type Plan, type StepNode } from './plan.ts'
import { stepKey } from './plan-steps.ts'
import { openProbe } from './probing.ts'
import { branchOf, currentStep, patchBranch, stepOf } from './state-patch.ts'
import type { ActionState, SagaState } from './state.ts'

/** A handler that nobody can tell to stop is taken to be quiet after its time-out and this. */
const quietGraceMs = 5_000

/**
 * Stands for the unknown verdict of whatever the branch was doing, whichever events came in between: the worker that lost
 * its lease may have decided on an older journal than this one.
 */
export function evolveLeaseLost(
  plan: Plan,
  state: SagaState,
  event: LeaseLost,
  position: Position,
): SagaState {
  const { deaths } = branchOf(state, event.branch)
  const settled = unknownVerdict(plan, state, event, position)
  return patchBranch(settled, event.branch, { deaths: deaths + 1, startingClaimId: null })
}

function unknownVerdict(
  plan: Plan,
  state: SagaState,
  event: LeaseLost,
  position: Position,
): SagaState {
  switch (state.status) {
    case 'running': {
      const node = currentStep(plan, state, event.branch)
      return node === undefined ? state : actionUnknown({ plan, state, event, position }, node)
    }
    case 'compensating':
      return compensationUnknown({ plan, state, event, position })
    case 'stuck':
    case 'completed':
    case 'compensated':
    case 'partially_compensated':
    case 'abandoned':
      return state
  }
}

interface Loss {
  readonly plan: Plan
  readonly state: SagaState
  readonly event: LeaseLost
  readonly position: Position
}

function actionUnknown({ plan, state, event, position }: Loss, node: StepNode): SagaState {
  const { branch, claimId } = event
  const step = stepKey(plan, branch, node)
  if (wasProbing(node, stepOf(state, step).action)) {
    const asked = { branch, step, attempt: 0, failure: leaseLostFailure } as const
    return evolveProbe(plan, state, { type: 'probe_failed', ...asked, retryDelayMs: 0 }, position)
  }
  // Where a start must be in the journal and is not, the action never ran: no attempt, and nothing is unknown.
  if (needsStarting(node) && branchOf(state, branch).startingClaimId !== claimId) return state
  const failed = {
    type: 'action_failed',
    branch,
    step,
    attempt: 0,
    failure: leaseLostFailure,
    retryDelayMs: 0,
    quietAfterMs: node.timeoutMs + quietGraceMs,
  } as const
  return evolveAction(plan, state, failed, position)
}

/** Whether the probe was being asked, or nothing more was to be done than to draw the conclusion from its silence. */
function wasProbing(node: StepNode, action: ActionState): boolean {
  if (action.probe === null) return false
  return openProbe(node, action) !== null || isGivenUp(node, action, action.scheduledAt)
}

function compensationUnknown({ plan, state, event, position }: Loss): SagaState {
  const { branch } = event
  const [step] = branchOf(state, branch).undo
  // Where a fork is to be undone, nothing is tried on this branch.
  if (typeof step !== 'string') return state
  const failed = {
    type: 'compensation_failed',
    branch,
    step,
    attempt: 0,
    failure: leaseLostFailure,
    retryDelayMs: 0,
  } as const
  return evolveCompensation(plan, state, failed, position)
}
