import { definitionInvalid, printValue } from './definition-invalid.ts'

const maximumNameBytes = 255

const control = /\p{Cc}/u

/**
 * Makes sure that a name can be stored, printed, and used as the key of an object.
 *
 * @param what begins the message: `the name of a step`
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function checkName(name: unknown, what: string, where: string): string {
  const problem = problemOf(name)
  if (problem === null && typeof name === 'string') return name
  throw definitionInvalid(where, `${what} is ${printValue(name)}; ${problem}`)
}

function problemOf(name: unknown): string | null {
  if (typeof name !== 'string') return 'it must be a text'
  if (name === '') return 'it must not be empty'
  if (Buffer.byteLength(name) > maximumNameBytes) return `it may have ${maximumNameBytes} bytes`
  if (control.test(name) || !name.isWellFormed()) {
    return 'it must have no control characters and no halves of surrogate pairs'
  }
  // Results and states are objects by name: a name that every object has would be found before it is there.
  if (name in Object.prototype || name === 'prototype')
    return 'every object has that; choose another'
  return null
}
