import type { StepNode } from './plan.ts'
import type { ActionState } from './state.ts'

/** Rejected, and then tried again by an operator's wish: what the rejection left behind is there all the same. */
export function mayHaveLeftTraces(node: StepNode, { attempts }: ActionState): boolean {
  if (node.role !== 'compensatable' || !node.compensateWhenRejected) return false
  return attempts.lastFailure?.kind === 'rejection'
}
