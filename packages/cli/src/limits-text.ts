import { formatDuration, type QueueUse, type Rate } from '@backstep/engine'

/** Limits as JSON, with the rate's time as a duration. */
export function queueLimitsJson({
  queue,
  maximumConcurrency,
  rate,
  source,
}: Pick<QueueUse, 'queue' | 'maximumConcurrency' | 'rate' | 'source'>): Readonly<
  Record<string, unknown>
> {
  const per = rate === null ? null : { limit: rate.limit, perMs: rate.perMs }
  return { queue, maximumConcurrency, rate: per, source }
}

/** How many steps at once. */
export function concurrencyText(maximumConcurrency: number | null): string {
  return maximumConcurrency === null ? 'any' : String(maximumConcurrency)
}

/** A rate as it is set: `100/1s`. */
export function rateText(rate: Rate | null): string {
  return rate === null ? 'any' : `${rate.limit}/${formatDuration(rate.perMs)}`
}
