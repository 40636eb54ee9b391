import type { PostgresCost, RunResult } from '../harness/run-result.ts'
import { isDisturbed } from '../harness/run-result.ts'
import type { Scenario } from '../workload/scenario.ts'
import { median, spreadOf, type Spread } from './spread.ts'

/** All rounds of one system in one scenario. */
export interface SystemSummary {
  readonly system: string
  readonly scenario: Scenario
  readonly rounds: number
  readonly rate: Spread
  readonly p50Ms: Spread
  readonly p95Ms: Spread
  readonly p99Ms: Spread
  /** By the system's own timestamps, where it has them. */
  readonly engineP50Ms: Spread | null
  readonly nodeCpuMs: number
  readonly storeCpuMs: number
  readonly peakRssMb: number
  readonly postgres: PostgresCost | null
  readonly redisCommands: number | null
  /** Rounds in which strangers took more of the machine than they should. */
  readonly disturbedRounds: number
}

/** Groups the runs by scenario and system, in the order in which they were first run. */
export const summarize = (results: readonly RunResult[]): readonly SystemSummary[] => {
  const groups = Map.groupBy(results, ({ scenario, system }) => `${scenario} ${system}`)
  return [...groups.values()].flatMap((runs) => {
    const [first] = runs
    return first === undefined ? [] : [summaryOf(first, runs)]
  })
}

const summaryOf = ({ system, scenario }: RunResult, runs: readonly RunResult[]): SystemSummary => {
  const spread = (pick: (run: RunResult) => number): Spread => spreadOf(runs.map(pick))
  const middle = (pick: (run: RunResult) => number): number => median(runs.map(pick))
  const engine = runs.flatMap(({ engineLatencyMs }) => engineLatencyMs?.p50 ?? [])
  const commands = runs.flatMap(({ redisCommands }) => redisCommands ?? [])
  return {
    system,
    scenario,
    rounds: runs.length,
    rate: spread(({ rate }) => rate),
    p50Ms: spread(({ latencyMs }) => latencyMs.p50),
    p95Ms: spread(({ latencyMs }) => latencyMs.p95),
    p99Ms: spread(({ latencyMs }) => latencyMs.p99),
    engineP50Ms: engine.length === 0 ? null : spreadOf(engine),
    nodeCpuMs: middle(({ nodeCpuMs }) => nodeCpuMs),
    storeCpuMs: middle(({ storeCpuMs }) => storeCpuMs),
    peakRssMb: middle(({ peakRssMb }) => peakRssMb),
    postgres: postgresMedian(runs.flatMap(({ postgres }) => postgres ?? [])),
    redisCommands: commands.length === 0 ? null : median(commands),
    disturbedRounds: runs.filter(isDisturbed).length,
  }
}

const postgresMedian = (costs: readonly PostgresCost[]): PostgresCost | null => {
  if (costs.length === 0) return null
  const middle = (pick: (cost: PostgresCost) => number): number => median(costs.map(pick))
  const hot = costs.flatMap(({ hotShare }) => hotShare ?? [])
  return {
    commits: middle(({ commits }) => commits),
    walBytes: middle(({ walBytes }) => walBytes),
    inserted: middle(({ inserted }) => inserted),
    updated: middle(({ updated }) => updated),
    deleted: middle(({ deleted }) => deleted),
    hotShare: hot.length === 0 ? null : median(hot),
  }
}
