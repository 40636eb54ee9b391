import type { PlanNode } from '../core/plan.ts'
import { buildBranches } from './build-branches.ts'
import { buildSteps } from './build-steps.ts'
import { checkItemName, checkName, checkForkName } from './check-name.ts'
import type { DeclaredSteps } from './declare-step.ts'
import { definitionInvalid, printValue } from './definition-invalid.ts'
import { withName, type GivenName } from './node-names.ts'
import { readForEachOptions, readParallelOptions } from './read-fork-options.ts'
import { isCallback } from './read-options.ts'
import type { Decide } from './saga-definition.ts'
import { placeOf, type SagaDraft } from './saga-draft.ts'

/** What was passed to `parallel`. */
export interface GivenParallel {
  readonly name: unknown
  readonly build: unknown
  readonly options: unknown
}

/**
 * The draft with branches that go side by side.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function withParallel(draft: SagaDraft, given: GivenParallel): SagaDraft {
  const above = placeOf(draft, given.name)
  const what = 'the name of a parallel'
  const name = checkForkName(checkName(given.name, what, above.where), what, above.where)
  const place = { ...above, where: `${above.where}, parallel "${name}"` }
  const names = namesWith(draft, { name, kind: 'parallel', perItem: false })
  const built = buildBranches({ fork: name, place }, names, given.build)
  const options = readParallelOptions({ ...place, steps: built.steps }, given.options)
  const branches = Object.freeze(built.branches)
  return withNodes(draft, [{ type: 'parallel', name, ...options, branches }], built)
}

/** What was passed to `forEach`. */
export interface GivenForEach extends GivenParallel {
  readonly list: unknown
}

/**
 * The draft with steps that are done for each item of a list.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function withForEach(draft: SagaDraft, given: GivenForEach): SagaDraft {
  const above = placeOf(draft, given.name)
  const what = 'the name of a forEach'
  const name = checkForkName(checkItemName(given.name, what, above.where), what, above.where)
  const place = { ...above, where: `${above.where}, forEach "${name}"`, perItem: true }
  const list = readDecide(given.list, 'its list', place.where)
  const names = namesWith(draft, { name, kind: 'forEach', perItem: false })
  const built = buildSteps(place, names, given.build)
  const options = readForEachOptions({ ...place, steps: built.steps }, given.options)
  const nodes = Object.freeze(built.steps.map(({ node }) => node))
  const next = withNodes(draft, [{ type: 'forEach', name, ...options, nodes }], built)
  return { ...next, lists: [...draft.lists, [name, list]] }
}

/** What was passed to `when`. */
export interface GivenChoice {
  readonly name: unknown
  readonly predicate: unknown
  readonly build: unknown
}

/**
 * The draft with steps that are taken or skipped.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function withChoice(draft: SagaDraft, given: GivenChoice): SagaDraft {
  const above = placeOf(draft, given.name)
  const name = checkName(given.name, 'the name of a when', above.where)
  const place = { ...above, where: `${above.where}, when "${name}"` }
  const predicate = readDecide(given.predicate, 'its condition', place.where)
  const names = namesWith(draft, { name, kind: 'when', perItem: false })
  const built = buildSteps(place, names, given.build)
  const choice = { type: 'choice', name, size: built.steps.length } as const
  const next = withNodes(draft, [choice, ...built.steps.map(({ node }) => node)], built)
  return { ...next, predicates: [...draft.predicates, [name, predicate]] }
}

function namesWith({ names, where }: SagaDraft, more: GivenName): DeclaredSteps['names'] {
  return withName(names, more, where)
}

function withNodes(
  draft: SagaDraft,
  nodes: readonly PlanNode[],
  { steps, names }: DeclaredSteps,
): SagaDraft {
  const frozen = nodes.map((node) => Object.freeze(node))
  return { ...draft, nodes: [...draft.nodes, ...frozen], steps: [...draft.steps, ...steps], names }
}

function readDecide(value: unknown, what: string, where: string): Decide {
  if (isCallback(value)) return async (context) => await value(context)
  throw definitionInvalid(where, `${what} is ${printValue(value)}; pass a function`)
}
