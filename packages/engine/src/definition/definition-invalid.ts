import { BackstepError } from '../core/backstep-error.ts'

/**
 * The error for a definition that breaks a rule.
 *
 * @param where the saga, and the step where there is one: `Saga "order", step "pay"`
 * @param problem what is wrong, with the value, and the next move; without a full stop
 */
export function definitionInvalid(where: string, problem: string, cause?: unknown): BackstepError {
  const options = cause === undefined ? undefined : { cause }
  return new BackstepError('DEFINITION_INVALID', `${where}: ${problem}.`, options)
}

/** A value as messages show it: short, on one line, whatever it is. */
export function printValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length <= 60 ? value : `${value.slice(0, 60)}…`)
    case 'number':
    case 'boolean':
    case 'bigint':
    case 'symbol':
      return String(value)
    case 'undefined':
      return 'missing'
    case 'function':
      return 'a function'
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? 'an array' : 'an object'
  }
}
