import { definitionInvalid, printValue } from './definition-invalid.ts'
import { isCallback } from './read-options.ts'

/** What a caller adds to the inside of a fork. */
export interface Within<Draft> {
  readonly where: string
  /** What is to be called, for messages: `step`. */
  readonly method: string
  readonly first: Draft
  /** The methods of a builder that holds a draft; `next` makes the builder that a method returns. */
  readonly methods: (draft: Draft, next: (draft: Draft) => object) => object
}

/**
 * Calls a function of the application with a builder, and gives what the builder that it returns holds. Only one that was
 * made in this call is taken: another one belongs elsewhere.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function buildWithin<Draft>(
  build: unknown,
  { where, method, first, methods }: Within<Draft>,
): Draft {
  if (!isCallback(build)) {
    throw definitionInvalid(
      where,
      `what is in it is ${printValue(build)}; pass a function that calls ${method}`,
    )
  }
  const made = new Map<unknown, Draft>()
  const next = (draft: Draft): object => {
    const builder = Object.freeze(methods(draft, next))
    made.set(builder, draft)
    return builder
  }
  const returned = build(next(first))
  const draft = made.get(returned)
  if (draft === undefined) {
    throw definitionInvalid(
      where,
      `its function returns ${printValue(returned)}; return what the last call of ${method} returned`,
    )
  }
  if (draft !== first) return draft
  throw definitionInvalid(
    where,
    `there is no ${method} in it; add one, and return what the last call of ${method} returned`,
  )
}
