import type { Plan, StepNode } from './plan.ts'
import { nodesOf } from './plan-steps.ts'
import { mainBranch } from './state.ts'

/**
 * Whether something behind a step counts on its output: other steps, lists and predicates, or what computes the saga's
 * output. Only behind a choice everybody has to do without: it might have been skipped.
 */
export function isReadLater(plan: Plan, path: string, node: StepNode): boolean {
  if (path !== mainBranch) return true
  const nodes = nodesOf(plan, path)
  const place = nodes.indexOf(node)
  return !nodes.some((each, at) => each.type === 'choice' && at + each.size === place)
}
