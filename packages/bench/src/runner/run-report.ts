/** Milliseconds at three percentiles. */
export interface LatencySummary {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** What a runner found out, in the window between `go` and `measured`. */
export interface RunReport {
  /** Sagas that ended in the window. */
  readonly sagas: number
  readonly seconds: number
  /** Sagas per second. */
  readonly rate: number
  /** From start to the awaited result. */
  readonly latencyMs: LatencySummary
  /** By the system's own timestamps, where its way of awaiting hides them; else null. */
  readonly engineLatencyMs: LatencySummary | null
  /** User and system time of the runner's processes in the window. */
  readonly cpuMs: number
  /** The most memory that they ever held, added up. */
  readonly peakRssMb: number
  /** All sagas that this runner ran, with those of the warm-up and those that ended after the window. */
  readonly sagasInAll: number
}

/** What a runner prints, one JSON line each. */
export type RunnerMessage =
  /** The load is on and warm: the harness reads its counters and answers `go`. */
  | { readonly bench: 'warm' }
  /** The window is over, the load goes on until the line is out. */
  | { readonly bench: 'measured' }
  | { readonly bench: 'report'; readonly report: RunReport }
