import { BackstepError } from '../core/backstep-error.ts'

const longest = 60

/** The error for a context that cannot be used; `problem` ends the sentence "The barrier's context …". */
export function barrierContextInvalid(problem: string): BackstepError {
  return new BackstepError(
    'BARRIER_CONTEXT_INVALID',
    `The barrier's context ${problem}. Pass the context of the handler, or what barrierContextOf made of it.`,
  )
}

/** A value of unknown origin, short enough for a message. */
export function shown(value: unknown): string {
  const text = textOf(value)
  return text.length <= longest ? text : `${text.slice(0, longest)}…`
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, longest + 1))
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? 'an array' : 'an object'
  }
  return typeof value === 'function' ? 'a function' : String(value)
}
