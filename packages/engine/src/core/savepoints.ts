import type { Plan, SavepointNode } from './plan.ts'
import { mainBranch, type SagaState } from './state.ts'
import { branchOf } from './state-patch.ts'

/** Which time it is that what is behind a save-point is gone through; from 1. */
export function roundAt({ savepoints }: Pick<SagaState, 'savepoints'>, savepoint: string): number {
  return savepoints[savepoint] ?? 1
}

/** Where a save-point stands in the plan. */
export function placeOfSavepoint(plan: Plan, savepoint: string): number {
  const place = plan.nodes.findIndex(({ type, name }) => type === 'savepoint' && name === savepoint)
  if (place !== -1) return place
  throw new RangeError(`"${plan.name}" has no save-point "${savepoint}": plan and journal differ.`)
}

/** The last save-point that the saga has passed and may go forward from once more; null where there is none. */
export function savepointToReturnTo(plan: Plan, state: SagaState): string | null {
  const { cursor } = branchOf(state, mainBranch)
  const left = plan.nodes
    .slice(0, cursor)
    .findLast((node): node is SavepointNode => node.type === 'savepoint' && hasRounds(state, node))
  return left?.name ?? null
}

function hasRounds(state: SagaState, { name, maximumRounds }: SavepointNode): boolean {
  return roundAt(state, name) < maximumRounds
}
