import type { RunResult } from '../../../packages/bench/src/harness/run-result.ts'

/** A run like any other; what matters to a test is given. */
export const aRun = (given: Partial<RunResult> = {}): RunResult => ({
  system: 'ours',
  scenario: 'w1',
  round: 1,
  sagas: 1000,
  seconds: 2,
  rate: 500,
  latencyMs: { p50: 10, p95: 20, p99: 30 },
  engineLatencyMs: null,
  nodeCpuMs: 0.5,
  storeCpuMs: 0.25,
  peakRssMb: 120,
  postgres: null,
  redisCommands: null,
  strangerCores: 0,
  repeated: false,
  ...given,
})
