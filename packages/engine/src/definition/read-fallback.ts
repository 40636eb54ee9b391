import { definitionInvalid, printValue } from './definition-invalid.ts'
import { isCallback, type Options } from './read-options.ts'
import type { StepHandlers } from './saga-definition.ts'

/** A step's other way: what the plan says of it, and the handler; both are empty where there is none. */
export interface DeclaredFallback {
  readonly plan: { readonly fallback?: true }
  readonly handlers: Pick<StepHandlers, 'fallback'>
}

/**
 * Reads the other way in which a step may take its effect.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function readFallback({ values, where }: Options): DeclaredFallback {
  const { fallback } = values
  if (fallback === undefined) return { plan: {}, handlers: {} }
  if (!isCallback(fallback)) {
    throw definitionInvalid(where, `fallback is ${printValue(fallback)}; pass a function`)
  }
  if (values['transactional'] === true) {
    throw definitionInvalid(
      where,
      'it is transactional and has a fallback, but there is no other way to write to the saga database; remove one of the two',
    )
  }
  return {
    plan: { fallback: true },
    handlers: { fallback: async (context) => await fallback(context) },
  }
}
