import { definitionInvalid } from './definition-invalid.ts'

/** A name that is taken. */
export interface GivenName {
  readonly name: string
  readonly kind: 'step' | 'parallel' | 'forEach' | 'when' | 'sleep' | 'waitFor' | 'savepoint'
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
  checkRounds(names, more, where)
  const likeItem = names.find((given) => isItemOf(given, more) || isItemOf(more, given))
  if (likeItem === undefined) return [...names, more]
  throw definitionInvalid(
    where,
    `a step named "${more.name}" cannot be told from those of "${likeItem.name}" in a forEach; choose another name`,
  )
}

/** Behind a save-point there is room for the index of an item and for the number of a round: `issue[3] (round 1)`. */
const maximumNameBytes = 231

const likeEarlier = / \(round \d+\)$/

/** What is behind a save-point goes by another name once its round is over: `issue (round 1)`. */
function checkRounds(names: GivenNames, more: GivenName, where: string): void {
  const all = [...names, more]
  if (!all.some(({ kind }) => kind === 'savepoint')) return
  const alike = all.find(({ name }) => likeEarlier.test(name))
  if (alike !== undefined) {
    throw definitionInvalid(
      where,
      `"${alike.name}" is what a saga with save-points calls a step whose round is over; choose another name`,
    )
  }
  if (more.kind === 'savepoint' || Buffer.byteLength(more.name) <= maximumNameBytes) return
  throw definitionInvalid(
    where,
    `"${more.name}" stands behind a save-point, where a name may have ${maximumNameBytes} bytes; choose a shorter one`,
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
