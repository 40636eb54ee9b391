import { checkName } from './check-name.ts'
import { definitionInvalid, printValue } from './definition-invalid.ts'
import { withName } from './node-names.ts'
import { readOptions } from './read-options.ts'
import { placeOf, type SagaDraft } from './saga-draft.ts'

/** How a save-point is used. */
export interface SavepointOptions {
  /** How often what is behind it is gone through at most, the first time included: from 2 to 1,000. */
  readonly maximumRounds: number
}

const mostRounds = 1_000

/**
 * The draft with a place to which the saga goes back when a step behind it fails.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function withSavepoint(
  draft: SagaDraft,
  given: { readonly name: unknown; readonly options: unknown },
): SagaDraft {
  const { where: above, role } = placeOf(draft, given.name)
  const name = checkName(given.name, 'the name of a savepoint', above)
  const where = `${above}, savepoint "${name}"`
  if (role === 'retriable') {
    throw definitionInvalid(
      where,
      'it stands after the pivot, and from there nothing goes back; put it before the pivot, or remove it',
    )
  }
  const maximumRounds = readRounds(given.options, where)
  const names = withName(draft.names, { name, kind: 'savepoint', perItem: false }, where)
  const node = Object.freeze({ type: 'savepoint', name, maximumRounds } as const)
  return { ...draft, names, nodes: [...draft.nodes, node] }
}

function readRounds(options: unknown, where: string): number {
  const { maximumRounds } = readOptions(options, ['maximumRounds'], where).values
  if (
    typeof maximumRounds === 'number' &&
    Number.isInteger(maximumRounds) &&
    maximumRounds >= 2 &&
    maximumRounds <= mostRounds
  ) {
    return maximumRounds
  }
  throw definitionInvalid(
    where,
    `maximumRounds is ${printValue(maximumRounds)}; it must be a whole number from 2 to ${mostRounds}, and counts the first round too`,
  )
}
