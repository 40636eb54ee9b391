import {
  defaultActionRetry,
  defaultRetriableRetry,
  type RetryPolicy,
} from '../core/retry-policy.ts'
import { checkName } from './check-name.ts'
import { definitionInvalid, printValue } from './definition-invalid.ts'
import { readDuration, readOptions, type Options } from './read-options.ts'
import { readRetry } from './read-retry.ts'

/** What steps fall back to. */
export interface SettledDefaults {
  readonly queue: string
  /** Of one attempt. */
  readonly timeoutMs: number
  /** Up to the pivot, and of the pivot itself. */
  readonly retry: RetryPolicy
  /** After the pivot. */
  readonly retriableRetry: RetryPolicy
}

const builtIn: SettledDefaults = {
  queue: 'default',
  timeoutMs: 30_000,
  retry: defaultActionRetry,
  retriableRetry: defaultRetriableRetry,
}

/** A timer of Node holds no more; beyond it would fire at once. */
const longestTimeoutMs = 2_147_483_647

/**
 * A saga's defaults for its steps, filled up with the built-in ones.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function readDefaults(value: unknown, where: string): SettledDefaults {
  if (value === undefined) return builtIn
  const options = readOptions(value, ['queue', 'retry', 'timeout'], `${where}, defaults`)
  const place = `${where}, defaults.retry`
  const retriable = readRetry(options.values['retry'], builtIn.retriableRetry, place)
  return {
    queue: readQueue(options, builtIn.queue),
    timeoutMs: readTimeout(options, builtIn.timeoutMs),
    retry: readRetry(options.values['retry'], builtIn.retry, place),
    retriableRetry: endless(retriable),
  }
}

/** There is only forward after the pivot: a bound that was meant for what can be undone must not end it. */
function endless({ byCode, ...budget }: RetryPolicy): RetryPolicy {
  const policy = { ...budget, maximumAttempts: null }
  if (byCode === undefined) return policy
  const budgets = Object.entries(byCode).map(([code, own]) => [
    code,
    { ...own, maximumAttempts: null },
  ])
  return { ...policy, byCode: Object.fromEntries(budgets) }
}

/** The queue that is declared, or the fallback. */
export function readQueue({ values, where }: Options, fallback: string): string {
  const value = values['queue']
  if (value === undefined) return fallback
  return checkName(value, 'queue', where)
}

/** The time-out of one attempt in milliseconds, or the fallback. */
export function readTimeout(options: Options, fallback: number): number {
  const declared = readDuration(options, 'timeout') ?? fallback
  if (declared <= longestTimeoutMs) return declared
  throw definitionInvalid(
    options.where,
    `timeout is ${printValue(options.values['timeout'])}; one attempt may take at most 24d: split the step, or start the work in it and look for its end in the next`,
  )
}
