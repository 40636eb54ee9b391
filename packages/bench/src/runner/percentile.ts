import type { LatencySummary } from './run-report.ts'

/** The smallest value that at least `share` of them do not exceed; NaN when there are none. */
export const percentile = (sorted: readonly number[], share: number): number => {
  const rank = Math.max(1, Math.ceil(sorted.length * share))
  return sorted[rank - 1] ?? Number.NaN
}

/** Three percentiles of latencies in any order. */
export const summarizeLatencies = (latenciesMs: readonly number[]): LatencySummary => {
  const sorted = latenciesMs.toSorted((a, b) => a - b)
  return {
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
    p99: percentile(sorted, 0.99),
  }
}
