import { describe, expect, it } from 'vitest'

import { median, spreadOf } from '../../../packages/bench/src/report/spread.ts'
import { percentile, summarizeLatencies } from '../../../packages/bench/src/runner/percentile.ts'

describe('a percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1)

  it.each([
    [0.5, 50],
    [0.95, 95],
    [0.99, 99],
    [1, 100],
  ])('of 1 to 100 at %s is %s', (share, expected) => {
    expect(percentile(hundred, share)).toBe(expected)
  })

  it('of one value is that value', () => {
    expect(percentile([7], 0.99)).toBe(7)
  })

  it('of nothing is not a number', () => {
    expect(percentile([], 0.5)).toBeNaN()
  })

  it('does not depend on the order in which sagas ended', () => {
    expect(summarizeLatencies([30, 10, 20])).toEqual({ p50: 20, p95: 30, p99: 30 })
    expect(summarizeLatencies([100, 9, 20]).p50).toBe(20)
  })
})

describe('a spread', () => {
  it('has the middle one of an odd number of rounds', () => {
    expect(spreadOf([900, 100, 1000])).toEqual({ median: 900, min: 100, max: 1000 })
  })

  it('has the mean of the two in the middle of an even number', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5)
  })

  it('of nothing is not a number', () => {
    expect(median([])).toBeNaN()
  })
})
