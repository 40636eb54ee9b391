import { foreseen, type Moment } from './moment.ts'
import { nextAction, turnsBack } from './next-action.ts'
import type { Plan, StepNode } from './plan.ts'
import { canBeProbed } from './probing.ts'
import type { SagaDecision } from './saga-decision.ts'
import { currentStep, stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'

/** The decision to find out what became of the step that a branch is at. */
export function beginProbing(
  plan: Plan,
  state: SagaState,
  { branch, at, events, node }: Moment & { readonly node: StepNode },
): SagaDecision {
  const began = { type: 'probing_began', branch, step: node.name } as const
  const asked = foreseen(plan, state, began, at)
  return nextAction(plan, asked, { branch, at, events: [...events, began] })
}

/**
 * What a branch does when an operator has set it going again. An attempt is not made blindly another time: where the outcome
 * of the earlier ones is in doubt, the step's probe is asked first.
 */
export function probeOrAct(plan: Plan, state: SagaState, moment: Moment): SagaDecision {
  const node = currentStep(plan, state, moment.branch)
  if (node === undefined || turnsBack(plan, state, node)) return nextAction(plan, state, moment)
  return canBeProbed(node, stepOf(state, node.name).action)
    ? beginProbing(plan, state, { ...moment, node })
    : nextAction(plan, state, moment)
}
