import type { RunResult } from '../harness/run-result.ts'
import type { Scenario } from '../workload/scenario.ts'
import { spreadOf, type Spread } from './spread.ts'

/** How one of ours compares with a peer. */
export interface Ratio {
  readonly scenario: Scenario
  readonly system: string
  readonly peer: string
  /** `rate`: more is better. `p50`: less is better. */
  readonly of: 'rate' | 'p50'
  /** Over the rounds, each taken within its round. */
  readonly ratio: Spread
  readonly rounds: number
}

/** Which systems are compared with which. */
export interface Comparison {
  readonly ours: readonly string[]
  readonly peers: readonly string[]
}

/**
 * Ratios within each round, and then their median: a machine that drifts from round to round does
 * so for both sides of a ratio.
 */
export const ratiosOf = (
  results: readonly RunResult[],
  { ours, peers }: Comparison,
): readonly Ratio[] => {
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))]
  return scenarios.flatMap((scenario) =>
    ours.flatMap((system) =>
      peers.flatMap((peer) =>
        ratioOf(
          results.filter((result) => result.scenario === scenario),
          system,
          peer,
        ),
      ),
    ),
  )
}

const ratioOf = (results: readonly RunResult[], system: string, peer: string): readonly Ratio[] => {
  const peerRuns = new Map(
    results.filter((result) => result.system === peer).map((result) => [result.round, result]),
  )
  const pairs = results
    .filter((result) => result.system === system)
    .flatMap((own) => {
      const other = peerRuns.get(own.round)
      return other === undefined ? [] : [{ own, other }]
    })
  const scenario = pairs[0]?.own.scenario
  if (scenario === undefined) return []
  const of = scenario === 'w2' ? 'p50' : 'rate'
  const figure = (run: RunResult): number => (of === 'p50' ? run.latencyMs.p50 : run.rate)
  const ratio = spreadOf(pairs.map(({ own, other }) => figure(own) / figure(other)))
  return [{ scenario, system, peer, of, ratio, rounds: pairs.length }]
}
