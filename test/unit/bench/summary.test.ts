import { describe, expect, it } from 'vitest'

import { postgresCost } from '../../../packages/bench/src/harness/postgres-cost.ts'
import { summarize } from '../../../packages/bench/src/report/summary.ts'
import { aRun } from './run-results.ts'

describe('a summary', () => {
  it('takes the rounds of a system in a scenario together', () => {
    const [summary, ...others] = summarize([
      aRun({ round: 1, rate: 100, nodeCpuMs: 1 }),
      aRun({ round: 2, rate: 300, nodeCpuMs: 3, strangerCores: 0.5 }),
      aRun({ round: 3, rate: 200, nodeCpuMs: 2 }),
    ])
    expect(others).toEqual([])
    expect(summary).toMatchObject({
      rounds: 3,
      rate: { median: 200, min: 100, max: 300 },
      nodeCpuMs: 2,
      disturbedRounds: 1,
      engineP50Ms: null,
      postgres: null,
    })
  })

  it('keeps scenarios and systems apart, in the order in which they were run', () => {
    const summaries = summarize([
      aRun({ system: 'b' }),
      aRun({ system: 'a' }),
      aRun({ system: 'b', scenario: 'w2' }),
    ])
    expect(summaries.map(({ system, scenario }) => `${system} ${scenario}`)).toEqual([
      'b w1',
      'a w1',
      'b w2',
    ])
  })
})

describe('what a saga costs Postgres', () => {
  const none = { commits: 0, walBytes: 0, inserted: 0, updated: 0, deleted: 0, hotUpdated: 0 }

  it('is the growth of its counters, shared out', () => {
    const before = { ...none, commits: 50, walBytes: 1000 }
    const after = {
      commits: 150,
      walBytes: 41_000,
      inserted: 70,
      updated: 20,
      deleted: 10,
      hotUpdated: 15,
    }
    expect(postgresCost(before, after, 10)).toEqual({
      commits: 10,
      walBytes: 4000,
      inserted: 7,
      updated: 2,
      deleted: 1,
      hotShare: 0.75,
    })
  })

  it('has no share of HOT updates where nothing was updated', () => {
    expect(postgresCost(none, { ...none, commits: 1 }, 1)).toMatchObject({ hotShare: null })
  })

  it('is nothing where Postgres takes no part', () => {
    expect(postgresCost(null, null, 10)).toBeNull()
  })
})
