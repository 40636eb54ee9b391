import { definitionInvalid } from './definition-invalid.ts'

/** A name that is taken. */
export interface GivenName {
  readonly name: string
  readonly kind: 'step' | 'parallel' | 'forEach' | 'when' | 'sleep' | 'waitFor'
  /** Whether each item of a list has a step of this name. */
  readonly perItem: boolean
}

/** All names of a saga are taken from one drawer: results, states and messages find what they mean by name alone. */
export type GivenNames = readonly GivenName[]

/**
 * The names with one more.
 *
 * @throws BackstepError `DEFINITION_INVALID` when it is taken, or cannot be told from a step of one item of a list
 */
export function withName(names: GivenNames, more: GivenName, where: string): GivenNames {
  const taken = names.find(({ name }) => name === more.name)
  if (taken !== undefined) {
    throw definitionInvalid(
      where,
      `there is a ${taken.kind} named "${more.name}" already; choose another name`,
    )
  }
  const likeItem = names.find((given) => isItemOf(given, more) || isItemOf(more, given))
  if (likeItem === undefined) return [...names, more]
  throw definitionInvalid(
    where,
    `a step named "${more.name}" cannot be told from those of "${likeItem.name}" in a forEach; choose another name`,
  )
}

/** Whether a step has the name that another one gets for one of its items: `issue[3]` and `issue`. */
function isItemOf(step: GivenName, repeated: GivenName): boolean {
  if (step.kind !== 'step' || !repeated.perItem) return false
  return (
    step.name.startsWith(`${repeated.name}[`) &&
    /^\[\d+\]$/.test(step.name.slice(repeated.name.length))
  )
}

/** How many steps there are, those of forks among them. */
export function countSteps(names: GivenNames): number {
  return names.filter(({ kind }) => kind === 'step').length
}
