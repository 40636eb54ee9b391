import type { StandardSchemaV1 } from '@standard-schema/spec'

import type { JsonValue } from '../core/json.ts'
import type { PlanNode } from '../core/plan.ts'
import type { StepsPlace } from './build-steps.ts'
import { declareStep, type DeclaredSteps, type GivenStep, type StepPlace } from './declare-step.ts'
import { definitionInvalid, printValue } from './definition-invalid.ts'
import type { SettledDefaults } from './read-defaults.ts'
import { isCallback, type Callback } from './read-options.ts'
import type { Decide } from './saga-definition.ts'

/** Everything that has been said about a saga so far. `steps` are all there are, those of forks among them. */
export interface SagaDraft extends DeclaredSteps {
  readonly name: string
  readonly version: number
  /** Names the saga in messages. */
  readonly where: string
  readonly input: StandardSchemaV1
  readonly inputJsonSchema: JsonValue
  readonly defaults: SettledDefaults
  /** Undefined where the saga has no deadline. */
  readonly deadlineMs: number | undefined
  readonly nodes: readonly PlanNode[]
  readonly lists: readonly NamedDecide[]
  readonly predicates: readonly NamedDecide[]
  /** The schemas of what signals bring, by the names of their waits. */
  readonly signals: readonly (readonly [name: string, schema: StandardSchemaV1])[]
  /** Null while it has not been said; then no step can follow. */
  readonly output: Callback | null
}

/** A function of the application, and the name of the node that it is for. */
export type NamedDecide = readonly [name: string, decide: Decide]

/**
 * The draft with one step more.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function withStep(draft: SagaDraft, given: GivenStep): SagaDraft {
  return add(draft, placeOf(draft, given.name), given)
}

/**
 * The draft with the step that decides.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function withPivot(draft: SagaDraft, given: GivenStep): SagaDraft {
  const place = placeOf(draft, given.name)
  const pivot = pivotOf(draft)
  if (pivot === undefined) return add(draft, { ...place, role: 'pivot' }, given)
  throw definitionInvalid(
    place.where,
    `${printValue(given.name)} is a second pivot, after "${pivot}"; only one step can be the one that decides: make this a step`,
  )
}

function add(draft: SagaDraft, place: StepPlace, given: GivenStep): SagaDraft {
  const { steps, names } = declareStep(place, draft, given)
  return {
    ...draft,
    steps,
    names,
    nodes: [...draft.nodes, ...steps.slice(-1).map(({ node }) => node)],
  }
}

/**
 * Where the next node stands.
 *
 * @throws BackstepError `DEFINITION_INVALID` when nothing may follow
 */
export function placeOf(draft: SagaDraft, name: unknown): StepsPlace {
  const { where, defaults, output } = draft
  if (output !== null) {
    throw definitionInvalid(where, `${printValue(name)} comes after output; call output last`)
  }
  const role = pivotOf(draft) === undefined ? 'compensatable' : 'retriable'
  return { where, role, defaults, perItem: false }
}

function pivotOf({ steps }: SagaDraft): string | undefined {
  return steps.find(({ node }) => node.role === 'pivot')?.node.name
}

/**
 * The draft of a whole saga.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function withOutput(draft: SagaDraft, compute: unknown): SagaDraft {
  const { where, steps, output } = draft
  if (!isCallback(compute)) {
    throw definitionInvalid(where, `output is ${printValue(compute)}; pass a function`)
  }
  if (output !== null) throw definitionInvalid(where, 'output is said twice; remove one')
  if (steps.length === 0)
    throw definitionInvalid(where, 'output is said before there is a step; add steps first')
  return { ...draft, output: compute }
}
