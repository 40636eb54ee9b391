import { isDeepStrictEqual } from 'node:util'
import type { Plan } from '../../packages/engine/src/core/plan.ts'
import { branchOfStep, itemOf } from '../../packages/engine/src/core/plan-steps.ts'

/** Where a handler was told that it is. */
export interface GivenPlace {
  readonly step: string
  readonly branch: string
  readonly item?: unknown
  readonly index?: number
}

/** What is wrong with where a handler was told that it is. */
export function givenProblems(
  plan: Plan,
  { step, branch, item, index }: GivenPlace,
): readonly string[] {
  const path = branchOfStep(plan, step)
  const problems = branch === path ? [] : [`the branch ${branch}`]
  const no = itemOf(plan, path)?.index
  const isItem = isDeepStrictEqual(item, no === undefined ? undefined : { no })
  return index === no && isItem ? problems : [...problems, `the item ${index}`]
}
