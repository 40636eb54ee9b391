import { foreseen, type Moment } from './moment.ts'
import { nextAction, turnsBack } from './next-action.ts'
import type { Plan, StepNode } from './plan.ts'
import { stepKey } from './plan-steps.ts'
import { canBeProbed } from './probing.ts'
import type { SagaDecision } from './saga-decision.ts'
import { currentStep, stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'
import type { ProbingBegan } from './probe-event.ts'

/** The decision to find out what became of the step that a branch is at. */
export function beginProbing(
  plan: Plan,
  state: SagaState,
  { branch, at, events, node }: Moment & { readonly node: StepNode },
): SagaDecision {
  const began = { type: 'probing_began', branch, step: stepKey(plan, branch, node) } as const
  const asked = foreseen(plan, state, began, at)
  return nextAction(plan, asked, { branch, at, events: [...events, began] })
}

/**
 * What a branch does when an operator has set it going again. An attempt is not made blindly another time: where the outcome
 * of the earlier ones is in doubt, the step's probe is asked first.
 */
export function probeOrAct(plan: Plan, state: SagaState, moment: Moment): SagaDecision {
  const { branch, at, events } = moment
  const began = probingOf(plan, state, branch)
  if (began === null) return nextAction(plan, state, moment)
  const asked = foreseen(plan, state, began, at)
  return nextAction(plan, asked, { branch, at, events: [...events, began] })
}

/** The doubt that has to be cleared up before a branch makes another attempt; null where there is none that can be. */
export function probingOf(plan: Plan, state: SagaState, branch: string): ProbingBegan | null {
  const node = currentStep(plan, state, branch)
  if (node === undefined || turnsBack(plan, state, branch)) return null
  const step = stepKey(plan, branch, node)
  const { action } = stepOf(state, step)
  return canBeProbed(node, action) ? { type: 'probing_began', branch, step } : null
}
