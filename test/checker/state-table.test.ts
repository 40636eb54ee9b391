import { expect, test } from 'vitest'
import { StateTable } from './state-table.ts'

test('a code is new once, and keeps its number while the table grows', () => {
  const table = new StateTable(4)
  const codes = Array.from({ length: 100 }, (_, n) => ({ high: n % 7, low: n * 64 }))
  expect(codes.map((code) => table.add(code))).toEqual(codes.map((_, n) => -1 - n))
  expect(codes.map((code) => table.add(code))).toEqual(codes.map((_, n) => n))
  expect(codes.map((code) => table.find(code))).toEqual(codes.map((_, n) => n))
  expect(table.size).toBe(100)
})

test('codes that share a half are two', () => {
  const table = new StateTable(4)
  table.add({ high: 1, low: 2 })
  expect(table.find({ high: 2, low: 2 })).toBe(-1)
  expect(table.find({ high: 1, low: 1 })).toBe(-1)
})
