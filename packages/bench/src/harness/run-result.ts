import type { LatencySummary } from '../runner/run-report.ts'
import type { Scenario } from '../workload/scenario.ts'

/** What one saga cost Postgres, counted over a whole run. */
export interface PostgresCost {
  readonly commits: number
  readonly walBytes: number
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
  /** Updates that touched no index, of all updates; null when there were none. */
  readonly hotShare: number | null
}

/** One measured run of one system. */
export interface RunResult {
  readonly system: string
  readonly scenario: Scenario
  /** From 1. */
  readonly round: number
  readonly sagas: number
  readonly seconds: number
  /** Sagas per second. */
  readonly rate: number
  readonly latencyMs: LatencySummary
  readonly engineLatencyMs: LatencySummary | null
  /** CPU time for one saga: of the system's Node processes, and of the stores. */
  readonly nodeCpuMs: number
  readonly storeCpuMs: number
  readonly peakRssMb: number
  readonly postgres: PostgresCost | null
  /** Redis commands for one saga, those inside of scripts included. */
  readonly redisCommands: number | null
  /** Processors that others kept busy meanwhile: 0.15 is 15 % of one. */
  readonly strangerCores: number
  /** Whether this run took the place of one that strangers had disturbed. */
  readonly repeated: boolean
}

/** Beyond this, a run says more about the machine's other users than about the system. */
const mostStrangerCores = 0.15

/** Whether strangers disturbed a run. */
export const isDisturbed = ({ strangerCores }: RunResult): boolean =>
  strangerCores > mostStrangerCores
