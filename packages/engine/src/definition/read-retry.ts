import type { RetryBudget, RetryPolicy } from '../core/retry-policy.ts'
import { checkName } from './check-name.ts'
import { definitionInvalid, printValue } from './definition-invalid.ts'
import { isRecord, readDuration, readOptions, type Options } from './read-options.ts'

const budgetOptions = [
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
  const options = readOptions(value, [...budgetOptions, 'byCode'], where)
  const budget = readBudget(options, fallback)
  const byCode = readByCode(options.values['byCode'], { budget, fallback, where })
  return byCode === undefined ? budget : { ...budget, byCode }
}

function readBudget(options: Options, fallback: RetryBudget): RetryBudget {
  const initialIntervalMs = readDuration(options, 'initialInterval') ?? fallback.initialIntervalMs
  return {
    initialIntervalMs,
    backoffCoefficient: readCoefficient(options) ?? fallback.backoffCoefficient,
    maximumIntervalMs: readMaximumInterval(options, initialIntervalMs, fallback),
    maximumAttempts: readMaximumAttempts(options, fallback),
    jitter: readJitter(options) ?? fallback.jitter,
  }
}

/** More codes than this are no policy any more. */
const maximumCodes = 100

/** The budgets by code: those of the fallback, and over them those declared, filled up from the policy around them. */
function readByCode(
  value: unknown,
  around: { readonly budget: RetryBudget; readonly fallback: RetryPolicy; readonly where: string },
): RetryPolicy['byCode'] {
  const { budget, fallback, where } = around
  if (value === undefined) return fallback.byCode
  if (!isRecord(value)) {
    throw definitionInvalid(
      where,
      `byCode is ${printValue(value)}; pass an object with codes as keys`,
    )
  }
  const declared = Object.entries(value).map(([code, given]): [string, RetryBudget] => {
    const place = `${where}, byCode.${checkName(code, 'a code in byCode', where)}`
    return [code, given === 'stop' ? stopped(budget) : readCodeBudget(given, budget, place)]
  })
  const all = { ...fallback.byCode, ...Object.fromEntries(declared) }
  if (Object.keys(all).length <= maximumCodes) return all
  throw definitionInvalid(
    where,
    `byCode has more than ${maximumCodes} codes; name those that matter`,
  )
}

/** The first failure is the last. */
function stopped(budget: RetryBudget): RetryBudget {
  return { ...budget, maximumAttempts: 1 }
}

function readCodeBudget(given: unknown, budget: RetryBudget, where: string): RetryBudget {
  if (isRecord(given)) return readBudget(readOptions(given, budgetOptions, where), budget)
  throw definitionInvalid(where, `it is ${printValue(given)}; pass an object, or "stop"`)
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
  fallback: RetryBudget,
): number {
  const declared = readDuration(options, 'maximumInterval')
  if (declared === undefined) return Math.max(initialIntervalMs, fallback.maximumIntervalMs)
  if (declared >= initialIntervalMs) return declared
  throw definitionInvalid(
    options.where,
    `maximumInterval is ${printValue(options.values['maximumInterval'])}, less than the initialInterval of ${initialIntervalMs}ms; raise the one or lower the other`,
  )
}

function readMaximumAttempts({ values, where }: Options, fallback: RetryBudget): number | null {
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
