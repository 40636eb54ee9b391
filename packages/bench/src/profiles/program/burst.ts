import { performance } from 'node:perf_hooks'

import { summarizeLatencies } from '../../runner/percentile.ts'
import type { Asks, BurstReport } from './calls.ts'

/** Calls `start` with 1 to `sagas`, `width` at a time. */
export const runBurst = async (
  { sagas, width }: Asks['burst'],
  start: (n: number) => Promise<unknown>,
): Promise<BurstReport> => {
  const latenciesMs: number[] = []
  let started = 0
  const lane = async (): Promise<void> => {
    while (started < sagas) {
      started += 1
      const sentAt = performance.now()
      await start(started)
      latenciesMs.push(performance.now() - sentAt)
    }
  }
  const beganAt = performance.now()
  await Promise.all(Array.from({ length: width }, lane))
  return {
    seconds: (performance.now() - beganAt) / 1000,
    latencyMs: summarizeLatencies(latenciesMs),
  }
}
