import type { BreakerPlan } from '../core/plan.ts'
import { definitionInvalid, printValue } from './definition-invalid.ts'
import { readDuration, readOptions, type Options } from './read-options.ts'

const consecutiveOptions = ['consecutiveFailures', 'halfOpenAfter'] as const
const samplingOptions = ['failureRate', 'window', 'minimumCalls', 'halfOpenAfter'] as const

/** More attempts than this are no sample of what happens now. */
const largestCount = 100_000

/**
 * Reads when a step's circuit opens. The plan of a step without a breaker says nothing of it.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function readBreaker({ values, where }: Options): { readonly breaker?: BreakerPlan } {
  const { breaker } = values
  if (breaker === undefined) return {}
  const place = `${where}, breaker`
  const options = readOptions(
    breaker,
    [...new Set([...consecutiveOptions, ...samplingOptions])],
    place,
  )
  const counts = options.values['consecutiveFailures'] !== undefined
  const samples = samplingOptions.slice(0, 3).some((name) => options.values[name] !== undefined)
  if (counts && samples) {
    throw definitionInvalid(
      place,
      'it has consecutiveFailures and a failureRate; a breaker goes by one of the two',
    )
  }
  return { breaker: Object.freeze(samples ? readSampling(options) : readConsecutive(options)) }
}

function readConsecutive(options: Options): BreakerPlan {
  return {
    type: 'consecutive',
    failures: readCount(options, 'consecutiveFailures'),
    halfOpenAfterMs: readTime(options, 'halfOpenAfter'),
  }
}

function readSampling(options: Options): BreakerPlan {
  return {
    type: 'sampling',
    failureRate: readRate(options),
    windowMs: readTime(options, 'window'),
    minimumCalls: readCount(options, 'minimumCalls'),
    halfOpenAfterMs: readTime(options, 'halfOpenAfter'),
  }
}

function readCount({ values, where }: Options, key: string): number {
  const value = values[key]
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= largestCount) {
    return Number(value)
  }
  throw definitionInvalid(
    where,
    `${key} is ${printValue(value)}; it must be a whole number from 1 to ${largestCount}`,
  )
}

function readRate({ values, where }: Options): number {
  const { failureRate } = values
  if (typeof failureRate === 'number' && failureRate > 0 && failureRate < 1) return failureRate
  throw definitionInvalid(
    where,
    `failureRate is ${printValue(failureRate)}; it must be a number between 0 and 1, such as 0.5`,
  )
}

function readTime(options: Options, key: string): number {
  const ms = readDuration(options, key)
  if (ms !== undefined) return ms
  throw definitionInvalid(options.where, `${key} is missing; write a duration such as "10s"`)
}
