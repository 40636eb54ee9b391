import { BackstepError } from '../core/backstep-error.ts'
import { parseDuration, type Duration } from '../core/duration.ts'
import type { Limits, NamedLimits, Rate } from '../ports/queue-store.ts'
import { checkText } from './check-id.ts'

/** What the steps of a queue may do together, over all workers. What is left out has no limit. */
export interface QueueOptions {
  /** Steps at once: 1 to 10,000. */
  readonly maximumConcurrency?: number
  /** Steps in a time: `limit` of them (1 to 1,000,000) in each `per`, and as many at once after a rest. */
  readonly rate?: { readonly limit: number; readonly per: Duration }
}

/** Queues by their names. */
export type QueuesOptions = Readonly<Record<string, QueueOptions>>

/** What an operator sets for a queue; what is left out stays as it is, and null takes a limit away. */
export interface QueueChange {
  readonly maximumConcurrency?: number | null
  readonly rate?: QueueOptions['rate'] | null
}

/**
 * Reads what code says of queues.
 *
 * @throws BackstepError `CONFIGURATION_INVALID`, `DURATION_INVALID` or `ID_INVALID` that names the queue and the value
 */
export function declaredLimits(queues: QueuesOptions): readonly NamedLimits[] {
  return Object.entries(queues).map(([queue, { maximumConcurrency, rate }]) => ({
    queue: checkText(queue, 'queue'),
    maximumConcurrency: concurrencyOf(queue, maximumConcurrency ?? null),
    rate: rateOf(queue, rate ?? null),
  }))
}

/**
 * Reads what an operator wants.
 *
 * @throws BackstepError as `declaredLimits` does
 */
export function changedLimits(queue: string, change: QueueChange): Partial<Limits> {
  const { maximumConcurrency, rate } = change
  return {
    ...(maximumConcurrency === undefined
      ? {}
      : { maximumConcurrency: concurrencyOf(queue, maximumConcurrency) }),
    ...(rate === undefined ? {} : { rate: rateOf(queue, rate) }),
  }
}

function concurrencyOf(queue: string, value: number | null): number | null {
  return value === null ? null : whole(queue, { name: 'maximumConcurrency', value, most: 10_000 })
}

function rateOf(queue: string, rate: Exclude<QueueChange['rate'], undefined>): Rate | null {
  if (rate === null) return null
  const limit = whole(queue, { name: 'rate.limit', value: rate.limit, most: 1_000_000 })
  return { limit, perMs: parseDuration(rate.per, `rate.per of queue "${queue}"`) }
}

function whole(
  queue: string,
  { name, value, most }: { readonly name: string; readonly value: number; readonly most: number },
): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return value
  throw new BackstepError(
    'CONFIGURATION_INVALID',
    `The ${name} of queue "${queue}" is ${String(value)}; set a whole number from 1 to ${most}, or leave it out for no limit.`,
  )
}
