import { attemptsSpent } from './attempts-spent.ts'
import { behindCircuit } from './behind-circuit.ts'
import type { RunAction } from './command.ts'
import type { SagaDecision } from './saga-decision.ts'
import type { ActionStarting } from './event.ts'
import { isGivenUp } from './given-up.ts'
import type { Moment } from './moment.ts'
import { haltBranch } from './halt-branch.ts'
import { nextAction, turnsBack } from './next-action.ts'
import type { Claimed } from './observation.ts'
import { needsStarting, type Plan, type StepNode } from './plan.ts'
import { stepKey, stepNode } from './plan-steps.ts'
import { isPoison, poisonFailure } from './poison.ts'
import { openProbe } from './probing.ts'
import { branchOf, currentStep, stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'

/** A worker holds a branch that goes forward: settle what the journal left open, then say what to run. */
export function claimedForward(plan: Plan, state: SagaState, claimed: Claimed): SagaDecision {
  const { branch, at } = claimed
  const moment: Moment = { branch, at, events: [] }
  const due = dueHalt(plan, state, moment) ?? nextAction(plan, state, moment)
  const next = behindCircuit(plan, state, { next: due, claimed })
  return { ...next, events: [...next.events, ...starting(plan, state, { next, claimed })] }
}

interface Start {
  readonly next: SagaDecision
  readonly claimed: Claimed
}

/** The start of an attempt that the journal must have ahead of it, unless this claim has written it already. */
function starting(
  plan: Plan,
  state: SagaState,
  { next, claimed }: Start,
): readonly ActionStarting[] {
  const [command] = next.commands
  if (command?.type !== 'run_action' || command.delayMs > 0) return []
  const { branch, step, attempt } = command
  const { claimId } = claimed
  // Another branch begins elsewhere, under a claim of its own.
  if (branch !== claimed.branch || !needsStarting(stepNode(plan, step))) return []
  return isWritten(plan, state, { claimId, command })
    ? []
    : [{ type: 'action_starting', branch, step, attempt, claimId }]
}

/** Whether the journal has it already that this claim starts the action. */
function isWritten(
  plan: Plan,
  state: SagaState,
  { claimId, command }: { readonly claimId: string; readonly command: RunAction },
): boolean {
  const { branch, step } = command
  const node = currentStep(plan, state, branch)
  const isAtStep = node !== undefined && stepKey(plan, branch, node) === step
  return isAtStep && branchOf(state, branch).startingClaimId === claimId
}

/** A killer, or a budget that a lost lease used up, gets no other attempt, unless there is none to be made anyway. */
function dueHalt(plan: Plan, state: SagaState, moment: Moment): SagaDecision | null {
  const { branch } = moment
  const node = currentStep(plan, state, branch)
  const step = node === undefined ? null : stepKey(plan, branch, node)
  if (turnsBack(plan, state, branch) || hasLateSuccess(state, step)) return null
  const { deaths } = branchOf(state, branch)
  if (isPoison(deaths)) {
    const failure = poisonFailure(step, deaths)
    const record = { code: 'poison_task', direction: 'forward', branch, step, failure } as const
    return haltBranch(plan, state, { ...moment, record })
  }
  return node === undefined ? null : dueEnd(plan, state, { ...moment, node })
}

function hasLateSuccess(state: SagaState, step: string | null): boolean {
  return step !== null && stepOf(state, step).action.lateSuccess !== null
}

function dueEnd(
  plan: Plan,
  state: SagaState,
  moment: Moment & { readonly node: StepNode },
): SagaDecision | null {
  const { branch, node, at } = moment
  const { action } = stepOf(state, stepKey(plan, branch, node))
  const { lastFailure } = action.attempts
  if (lastFailure === null || openProbe(node, action) !== null) return null
  return isGivenUp(node, action, at)
    ? attemptsSpent(plan, state, { ...moment, failure: lastFailure })
    : null
}
