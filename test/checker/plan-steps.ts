import type { Plan, StepNode } from '../../packages/engine/src/core/plan.ts'

/** All steps of a plan, in the order in which it has them, wherever in it they are. */
export function stepsOf(plan: Plan): readonly StepNode[] {
  return plan.nodes
}

/** The step of a name. */
export function stepNamed(plan: Plan, step: string): StepNode | undefined {
  return stepsOf(plan).find(({ name }) => name === step)
}
