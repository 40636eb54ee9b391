import { expect, it } from 'vitest'
import { runSeeds } from './seed-pool.ts'
import { missingFaults, printFailed, printTally } from './tally.ts'

const seeds = 2_000

it(`holds every promise in ${seeds} worlds, each with troubles of its own`, async () => {
  const tally = await runSeeds({ from: 1, count: seeds })
  process.stdout.write(`${printTally(tally)}\n`)
  expect(tally.failed.map((failed) => printFailed(failed))).toEqual([])
  expect(tally.seeds).toBe(seeds)
  expect(missingFaults(tally), 'faults that never occurred').toEqual([])
  expect(tally.sagas / seeds).toBeGreaterThanOrEqual(3)
  expect(tally.deliveries / seeds).toBeGreaterThanOrEqual(20)
})
