import { mainBranch } from '../core/state.ts'
import { definitionInvalid, printValue } from './definition-invalid.ts'

const maximumNameBytes = 255

/** Behind such a name there is room for the index of an item: `issue[3]`, `tickets/3`. */
const maximumItemNameBytes = maximumNameBytes - 12

const control = /\p{Cc}/u

/**
 * Makes sure that a name can be stored, printed, and used as the key of an object.
 *
 * @param what begins the message: `the name of a step`
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function checkName(name: unknown, what: string, where: string): string {
  return checked(name, { what, where, maximumBytes: maximumNameBytes })
}

/** The same for a name to which the index of an item is added. */
export function checkItemName(name: unknown, what: string, where: string): string {
  return checked(name, { what, where, maximumBytes: maximumItemNameBytes })
}

/** The same for a part of a branch's path, which begins with the name of its fork: that is where the slash stands. */
export function checkPathPart(name: string, what: string, where: string): string {
  if (!name.includes('/')) return name
  throw definitionInvalid(where, `${what} is ${printValue(name)}; it must have no slash`)
}

/** The same for the name of a fork, which begins the paths of its branches: there is a branch named main already. */
export function checkForkName(name: string, what: string, where: string): string {
  if (name !== mainBranch) return checkPathPart(name, what, where)
  throw definitionInvalid(
    where,
    `${what} is "${mainBranch}"; that is what the saga's own line is called, choose another`,
  )
}

/** The path of a branch, made sure that it can be stored. */
export function checkPath(path: string, where: string): string {
  return checked(path, { what: 'the path of a branch', where, maximumBytes: maximumNameBytes })
}

interface Asked {
  readonly what: string
  readonly where: string
  readonly maximumBytes: number
}

function checked(name: unknown, { what, where, maximumBytes }: Asked): string {
  const problem = problemOf(name, maximumBytes)
  if (problem === null && typeof name === 'string') return name
  throw definitionInvalid(where, `${what} is ${printValue(name)}; ${problem}`)
}

function problemOf(name: unknown, maximumBytes: number): string | null {
  if (typeof name !== 'string') return 'it must be a text'
  if (name === '') return 'it must not be empty'
  if (Buffer.byteLength(name) > maximumBytes) return `it may have ${maximumBytes} bytes`
  if (control.test(name) || !name.isWellFormed()) {
    return 'it must have no control characters and no halves of surrogate pairs'
  }
  // Results and states are objects by name: a name that every object has would be found before it is there.
  if (name in Object.prototype || name === 'prototype')
    return 'every object has that; choose another'
  return null
}
