import { expect, it } from 'vitest'
import { hashSeeds } from './seed-pool.ts'

const seeds = Array.from({ length: 40 }, (_, index) => 7_000 + index * 131)

it('gives the same trace for the same seed, whichever thread runs it, and after whichever others', async () => {
  const [once, again] = await Promise.all([hashSeeds(seeds), hashSeeds(seeds.toReversed())])
  expect(again.toReversed()).toEqual(once)
})

it('gives another trace for another seed', async () => {
  const hashes = await hashSeeds(seeds)
  expect(new Set(hashes).size).toBe(seeds.length)
})
