import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { TroubleLog } from '../../../packages/engine/src/bullmq/trouble-log.ts'

const written: string[] = []
let log: TroubleLog<string>

beforeEach(() => {
  vi.useFakeTimers()
  written.length = 0
  log = new TroubleLog((trouble, count) => void written.push(`${trouble} x${count}`), 10_000)
})
afterEach(() => {
  log.close()
  vi.useRealTimers()
})

it('writes the first of each kind at once', () => {
  log.report('a', 'a1')
  log.report('b', 'b1')
  log.report('a', 'a2')
  expect(written).toEqual(['a1 x1', 'b1 x1'])
})

it('writes the last of the others with their number, once in a quiet time', () => {
  for (let i = 1; i <= 15_164; i++) log.report('full', `error ${i}`)
  vi.advanceTimersByTime(9_999)
  expect(written).toEqual(['error 1 x1'])
  vi.advanceTimersByTime(1)
  expect(written).toEqual(['error 1 x1', 'error 15164 x15163'])
  log.report('full', 'again')
  expect(written).toHaveLength(2)
  vi.advanceTimersByTime(10_000)
  expect(written[2]).toBe('again x1')
})

it('writes at once again after a quiet time without trouble', () => {
  log.report('a', 'a1')
  vi.advanceTimersByTime(10_000)
  log.report('a', 'a2')
  expect(written).toEqual(['a1 x1', 'a2 x1'])
})

it('does not let itself be flooded with new kinds', () => {
  for (let i = 0; i < 1_000; i++) log.report(`kind ${i}`, `error ${i}`)
  expect(written.length).toBeLessThan(60)
})

it('writes what is held back when it is closed, and nothing after that', () => {
  for (const trouble of ['a1', 'a2', 'a3']) log.report('a', trouble)
  log.close()
  log.report('a', 'a4')
  expect(written).toEqual(['a1 x1', 'a3 x2'])
})
