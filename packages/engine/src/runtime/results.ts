import type { JsonValue } from '../core/json.ts'
import type { ForEachNode, Plan, PlanNode, StepNode } from '../core/plan.ts'
import { branchPath, nodesOf, plannedStep, stepKey } from '../core/plan-steps.ts'
import { mainBranch, type ActionState, type SagaState } from '../core/state.ts'
import { valueAt } from '../core/key-map.ts'

/** Outputs by step name; those of a forEach as a list under its name, an entry for each item. */
export type Results = Readonly<Record<string, JsonValue>>

/** What a handler sees: the outputs of the steps before it, on its own branch and before its fork. */
export function resultsBefore(
  plan: Plan,
  state: SagaState,
  { branch, step }: { readonly branch: string; readonly step: string },
): Results {
  const planned = plannedStep(plan, step)
  const end = planned?.fork ?? planned?.node
  const before = plan.nodes.slice(
    0,
    Math.max(
      0,
      plan.nodes.findIndex((node) => node === end),
    ),
  )
  const results = collect(plan, state, { nodes: before, branch: mainBranch })
  if (branch === mainBranch) return results
  const own = nodesOf(plan, branch)
  const earlier = own.slice(
    0,
    Math.max(
      0,
      own.findIndex((node) => node === planned?.node),
    ),
  )
  return { ...results, ...collect(plan, state, { nodes: earlier, branch }) }
}

/** The outputs of all steps that have succeeded so far. */
export function resultsSoFar(plan: Plan, state: SagaState): Results {
  return collect(plan, state, { nodes: plan.nodes, branch: mainBranch })
}

interface Stretch {
  readonly nodes: readonly PlanNode[]
  readonly branch: string
}

function collect(plan: Plan, state: SagaState, { nodes, branch }: Stretch): Results {
  const results: Record<string, JsonValue> = {}
  for (const node of nodes) {
    switch (node.type) {
      case 'step':
        put(results, state, { name: node.name, key: stepKey(plan, branch, node) })
        break
      case 'parallel':
        for (const each of node.branches.flatMap((one) => one.nodes)) {
          put(results, state, { name: each.name, key: each.name })
        }
        break
      case 'forEach': {
        const items = itemResults(plan, state, node)
        if (items !== null) results[node.name] = items
        break
      }
      case 'wait': {
        const value = state.received[node.name]
        if (value !== undefined) results[node.name] = value
        break
      }
      case 'choice':
      case 'sleep':
      case 'savepoint':
        break
    }
  }
  return results
}

/** Null while the list is not there. */
function itemResults(plan: Plan, state: SagaState, node: ForEachNode): JsonValue | null {
  const items = state.items[node.name]
  if (items === undefined) return null
  return items.map((_, index) => {
    const branch = branchPath(node.name, index)
    return collect(plan, state, { nodes: node.nodes, branch })
  })
}

function put(
  results: Record<string, JsonValue>,
  state: SagaState,
  { name, key }: { readonly name: StepNode['name']; readonly key: string },
): void {
  const action = valueAt(state.steps, key)?.action
  if (action !== undefined && isSeen(action)) results[name] = action.output
}

/** Later steps see what an action returned, or what an operator gave in its place. */
function isSeen({ status, settledSeq }: ActionState): boolean {
  return status === 'succeeded' || (status === 'skipped' && settledSeq > 0)
}
