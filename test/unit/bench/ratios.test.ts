import { describe, expect, it } from 'vitest'

import { ratiosOf } from '../../../packages/bench/src/report/ratios.ts'
import { aRun } from './run-results.ts'

const comparison = { ours: ['ours'], peers: ['peer'] }

describe('a ratio', () => {
  it('is taken within each round, then the median of them', () => {
    const runs = [
      aRun({ round: 1, rate: 300 }),
      aRun({ round: 1, system: 'peer', rate: 100 }),
      // A slow machine: both are slow.
      aRun({ round: 2, rate: 30 }),
      aRun({ round: 2, system: 'peer', rate: 15 }),
      aRun({ round: 3, rate: 400 }),
      aRun({ round: 3, system: 'peer', rate: 100 }),
    ]
    expect(ratiosOf(runs, comparison)).toEqual([
      {
        scenario: 'w1',
        system: 'ours',
        peer: 'peer',
        of: 'rate',
        ratio: { median: 3, min: 2, max: 4 },
        rounds: 3,
      },
    ])
  })

  it('leaves a round out in which one side has no result', () => {
    const runs = [
      aRun({ round: 1, rate: 300 }),
      aRun({ round: 2, rate: 200 }),
      aRun({ round: 2, system: 'peer', rate: 100 }),
    ]
    expect(ratiosOf(runs, comparison)).toMatchObject([{ ratio: { median: 2 }, rounds: 1 }])
  })

  it('compares the time of a lone saga in W2', () => {
    const latencyMs = { p50: 5, p95: 5, p99: 5 }
    const runs = [
      aRun({ scenario: 'w2', latencyMs }),
      aRun({ scenario: 'w2', system: 'peer', latencyMs: { ...latencyMs, p50: 10 } }),
    ]
    expect(ratiosOf(runs, comparison)).toMatchObject([{ of: 'p50', ratio: { median: 0.5 } }])
  })

  it('is not made up where nothing can be compared', () => {
    const runs = [aRun({ scenario: 'w1' }), aRun({ scenario: 'w3', system: 'peer' })]
    expect(ratiosOf(runs, comparison)).toEqual([])
  })
})
