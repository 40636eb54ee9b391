import { SeededIds } from '@backstep/engine/memory'
import { expect, test } from 'vitest'

const uuid = (version: number): RegExp =>
  new RegExp(`^[0-9a-f]{8}-[0-9a-f]{4}-${version}[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$`)

const names = (seed: number): readonly string[] => {
  const ids = new SeededIds(seed)
  return [ids.sortable(), ids.unique(), ids.nonce()]
}

test('the same seed gives the same names, another gives others', () => {
  expect(names(1)).toEqual(names(1))
  expect(names(1).filter((name) => names(2).includes(name))).toEqual([])
})

test('names have the shapes that Postgres checks', () => {
  const ids = new SeededIds(1)
  expect(ids.sortable()).toMatch(uuid(7))
  expect(ids.unique()).toMatch(uuid(4))
  expect(ids.nonce()).toMatch(/^[a-z][0-9a-f]{32}$/)
})

test('sortable ids sort in the order of their making, and nothing repeats', () => {
  const ids = new SeededIds(1)
  const made = Array.from({ length: 1_000 }, () => ids.sortable())
  expect(made.toSorted()).toEqual(made)
  const unique = Array.from({ length: 1_000 }, () => ids.unique())
  expect(new Set(unique).size).toBe(1_000)
})
