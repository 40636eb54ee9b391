import type { RetryPolicy } from '../core/retry-policy.ts'
import { definitionInvalid, printValue } from './definition-invalid.ts'
import { readDuration, readOptions, type Options } from './read-options.ts'

const known = [
  'initialInterval',
  'backoffCoefficient',
  'maximumInterval',
  'maximumAttempts',
  'jitter',
] as const

/** The largest number that the database keeps for a count. */
const largestCount = 2_147_483_647

/**
 * A retry policy from what was declared; what is left out comes from `fallback`.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function readRetry(value: unknown, fallback: RetryPolicy, where: string): RetryPolicy {
  if (value === undefined) return fallback
  const options = readOptions(value, known, where)
  const initialIntervalMs = readDuration(options, 'initialInterval') ?? fallback.initialIntervalMs
  return {
    initialIntervalMs,
    backoffCoefficient: readCoefficient(options) ?? fallback.backoffCoefficient,
    maximumIntervalMs: readMaximumInterval(options, initialIntervalMs, fallback),
    maximumAttempts: readMaximumAttempts(options, fallback),
    jitter: readJitter(options) ?? fallback.jitter,
  }
}

function readCoefficient({ values, where }: Options): number | undefined {
  const value = values['backoffCoefficient']
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isFinite(value) && value >= 1) return value
  throw definitionInvalid(
    where,
    `backoffCoefficient is ${printValue(value)}; it must be a number of at least 1, where 1 keeps the interval`,
  )
}

function readMaximumInterval(
  options: Options,
  initialIntervalMs: number,
  fallback: RetryPolicy,
): number {
  const declared = readDuration(options, 'maximumInterval')
  if (declared === undefined) return Math.max(initialIntervalMs, fallback.maximumIntervalMs)
  if (declared >= initialIntervalMs) return declared
  throw definitionInvalid(
    options.where,
    `maximumInterval is ${printValue(options.values['maximumInterval'])}, less than the initialInterval of ${initialIntervalMs}ms; raise the one or lower the other`,
  )
}

function readMaximumAttempts({ values, where }: Options, fallback: RetryPolicy): number | null {
  const value = values['maximumAttempts']
  if (value === undefined) return fallback.maximumAttempts
  if (value === 'unlimited') return null
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= largestCount) {
    return Number(value)
  }
  throw definitionInvalid(
    where,
    `maximumAttempts is ${printValue(value)}; it must be a whole number from 1, or "unlimited"`,
  )
}

function readJitter({ values, where }: Options): RetryPolicy['jitter'] | undefined {
  const value = values['jitter']
  if (value === undefined || value === 'full' || value === 'none') return value
  throw definitionInvalid(where, `jitter is ${printValue(value)}; it is "full" or "none"`)
}
