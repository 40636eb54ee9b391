import type { FailedRun } from '../harness/run-all.ts'
import type { RunResult } from '../harness/run-result.ts'
import type { Ratio } from './ratios.ts'
import type { SystemSummary } from './summary.ts'
import type { Machine } from './machine.ts'

/** A system as it was measured. */
export interface ReportedSystem {
  readonly id: string
  readonly title: string
  /** Name and version of its package; null for Backstep. */
  readonly package: string | null
  readonly inFlight: number
  readonly options: Readonly<Record<string, string | number | boolean>>
  readonly settings: string
}

/** Everything that a bench found out, as it stands in the results file. */
export interface BenchReport {
  /** ISO 8601. */
  readonly date: string
  /** The commit of this repository, with a mark when files had been changed since. */
  readonly commit: string
  readonly machine: Machine
  readonly plan: {
    readonly rounds: number
    readonly seconds: number
    readonly warmUpSagas: number
    readonly skippedRuns: number
  }
  readonly systems: readonly ReportedSystem[]
  readonly summaries: readonly SystemSummary[]
  readonly ratios: readonly Ratio[]
  readonly failures: readonly FailedRun[]
  readonly runs: readonly RunResult[]
}
