import type { Plan, StepNode } from './plan.ts'
import { stepKey } from './plan-steps.ts'
import { currentStep } from './state-patch.ts'
import type { SagaState } from './state.ts'

/** The step that a verdict is about. A branch that is at another one means that the verdict is not from here. */
export function judgedStep(
  plan: Plan,
  state: SagaState,
  verdict: { readonly branch: string; readonly step: string },
): StepNode {
  const { branch, step } = verdict
  const node = currentStep(plan, state, branch)
  if (node !== undefined && stepKey(plan, branch, node) === step) return node
  throw new RangeError(`Saga ${state.sagaId} is not at step "${step}", so it cannot be judged.`)
}
