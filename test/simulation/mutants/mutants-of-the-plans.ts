import type { Plan, PlanNode, StepNode } from '../../../packages/engine/src/core/plan.ts'
import { probeOf } from '../../../packages/engine/src/core/plan.ts'

/** A core that passes over something in its plans, which is as if it were not there. */
export interface BrokenPlan {
  readonly name: string
  /** What does not hold any more. */
  readonly breaks: string
  readonly planFor: (plan: Plan) => Plan
}

/** Cores that do not heed what a step says about its failures. */
export const mutantsOfThePlans: readonly BrokenPlan[] = [
  {
    name: 'asks-no-probe',
    breaks: 'a doubt is looked into before the saga turns back',
    planFor: everyStep((node) => {
      if (probeOf(node) === undefined || node.role === 'retriable') return node
      const { probe: _, ...rest } = node
      return rest
    }),
  },
  {
    name: 'parks-nothing',
    breaks: 'a step that is to be parked turns no saga back by itself',
    planFor: everyStep((node) => {
      if (node.role === 'retriable' || node.onFailure === undefined) return node
      const { onFailure: _, ...rest } = node
      return rest
    }),
  },
  {
    name: 'tells-no-codes-apart',
    breaks: 'a failure counts against the budget of its code',
    planFor: everyStep((node) => {
      if (node.retry.byCode === undefined) return node
      const { byCode: _, ...retry } = node.retry
      return { ...node, retry }
    }),
  },
]

function everyStep(change: (node: StepNode) => StepNode): (plan: Plan) => Plan {
  const changed = (node: PlanNode): PlanNode => {
    if (node.type === 'step') return change(node)
    if (node.type === 'forEach') return { ...node, nodes: node.nodes.map(change) }
    if (node.type !== 'parallel') return node
    const branches = node.branches.map((branch) => {
      return { ...branch, nodes: branch.nodes.map(change) }
    })
    return { ...node, branches }
  }
  return (plan) => ({ ...plan, nodes: plan.nodes.map(changed) })
}
