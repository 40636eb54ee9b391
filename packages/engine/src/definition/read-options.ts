import type { StandardSchemaV1 } from '@standard-schema/spec'

import { isBackstepError } from '../core/backstep-error.ts'
import { parseDuration } from '../core/duration.ts'
import { definitionInvalid, printValue } from './definition-invalid.ts'

/** Options that were passed as an object, with the place that errors name. Nothing is known about their values. */
export interface Options {
  readonly values: Readonly<Record<string, unknown>>
  readonly where: string
}

/**
 * Takes what a caller passed for options, and refuses what it does not know: a slip in an optional name would otherwise
 * go unnoticed.
 */
export function readOptions(value: unknown, known: readonly string[], where: string): Options {
  if (!isRecord(value)) {
    throw definitionInvalid(where, `pass an object; it is ${printValue(value)}`)
  }
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown !== undefined) {
    throw definitionInvalid(
      where,
      `there is no option ${printValue(unknown)}; there are ${known.join(', ')}`,
    )
  }
  return { values: value, where }
}

/** Whether a value is an object with keys: not null, not an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Milliseconds; undefined when the option is left out. */
export function readDuration({ values, where }: Options, key: string): number | undefined {
  const value = values[key]
  if (value === undefined) return undefined
  if (typeof value !== 'string') {
    throw definitionInvalid(where, `${key} is ${printValue(value)}; write a duration such as "10s"`)
  }
  try {
    return parseDuration(value, key)
  } catch (error) {
    if (!isBackstepError(error, 'DURATION_INVALID')) throw error
    throw definitionInvalid(where, error.message.replace(/\.$/, ''), error)
  }
}

/** False when the option is left out. */
export function readFlag({ values, where }: Options, key: string): boolean {
  const value = values[key] ?? false
  if (typeof value === 'boolean') return value
  throw definitionInvalid(where, `${key} is ${printValue(value)}; it is true or false`)
}

/** Left out of the plan where it is not so: a plan keeps the fingerprint that it had before there was a choice. */
export function readTransactional(options: Options): { readonly transactional?: true } {
  return readFlag(options, 'transactional') ? { transactional: true } : {}
}

/** A Standard Schema, of any library; undefined when the option is left out. */
export function readSchema({ values, where }: Options, key: string): StandardSchemaV1 | undefined {
  const value = values[key]
  if (value === undefined || isStandardSchema(value)) return value
  throw definitionInvalid(
    where,
    `${key} is ${printValue(value)}; pass a Standard Schema, such as one of zod, valibot or arktype`,
  )
}

function isStandardSchema(value: unknown): value is StandardSchemaV1 {
  const holder = typeof value === 'function' || isRecord(value) ? value : {}
  if (!('~standard' in holder)) return false
  const standard = holder['~standard']
  return isRecord(standard) && typeof standard['validate'] === 'function'
}

/** A function of the application, called with whatever the engine has for it. */
export type Callback = (context: unknown) => unknown

/**
 * Whether a value can be called. Here the types of payloads end: the builder has checked the function against them, and
 * from now on values and not types see to it that it gets what it expects.
 */
export function isCallback(value: unknown): value is Callback {
  return typeof value === 'function'
}
