import { definitionInvalid, printValue } from './definition-invalid.ts'
import { isRecord } from './read-options.ts'
import type { RegisteredSaga } from './saga-definition.ts'

/** Marks what `defineSaga` made, also across two copies of this package in one process. */
export const sagaBrand: unique symbol = Symbol.for('backstep.saga_definition')

/**
 * Takes whatever a caller wants to register or start, and makes sure that it is a whole saga definition. The builder has
 * refused everything else before: only that there are steps can be asked no sooner.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function validateDefinition(value: unknown): RegisteredSaga {
  if (!isSaga(value)) {
    throw definitionInvalid(
      'Saga definition',
      `this is ${printValue(value)}; pass what defineSaga(…) and its methods return`,
    )
  }
  if (value.plan.nodes.length === 0) {
    throw definitionInvalid(
      `Saga "${value.name}" version ${value.version}`,
      'it has no steps; each method returns a new definition: use the one that the last call returned',
    )
  }
  const last = value.plan.nodes.at(-1)
  if (last?.type !== 'savepoint') return value
  throw definitionInvalid(
    `Saga "${value.name}" version ${value.version}`,
    `there is nothing behind savepoint "${last.name}" that could fail; add steps behind it, or remove it`,
  )
}

function isSaga(value: unknown): value is RegisteredSaga {
  return isRecord(value) && sagaBrand in value
}
