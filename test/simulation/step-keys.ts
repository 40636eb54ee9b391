import { valueAt } from '../../packages/engine/src/core/key-map.ts'
import type { Plan } from '../../packages/engine/src/core/plan.ts'
import { branchOfStep, plannedSteps } from '../../packages/engine/src/core/plan-steps.ts'
import type { SagaState } from '../../packages/engine/src/core/state.ts'

/** The keys of all steps of a saga, given how many items each of its lists has. */
export function stepKeysOf(plan: Plan, countOf: (fork: string) => number): readonly string[] {
  return plannedSteps(plan).flatMap(({ node, fork }) =>
    fork?.type === 'forEach'
      ? Array.from({ length: countOf(fork.name) }, (_, index) => `${node.name}[${index}]`)
      : [node.name],
  )
}

/** The keys of all steps of a saga as far as it has come: a list that was not computed yet has no items. */
export function stepKeysIn(plan: Plan, { items }: SagaState): readonly string[] {
  return stepKeysOf(plan, (fork) => items[fork]?.length ?? 0)
}

/** Where the effect of a step has to be: what its idempotency key begins with. */
export function placeOf(plan: Plan, sagaId: string, key: string): string {
  return `${sagaId}/${branchOfStep(plan, key)}/${key}`
}

/** Whether the saga went another way. */
export function isSkipped({ steps }: SagaState, key: string): boolean {
  return valueAt(steps, key)?.action.status === 'skipped'
}
