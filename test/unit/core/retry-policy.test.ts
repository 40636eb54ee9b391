import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  defaultActionRetry,
  defaultCompensationRetry,
  defaultRetriableRetry,
  isSpent,
  retryDelayMs,
} from '../../../packages/engine/src/core/retry-policy.ts'
import { attempts } from './plans.ts'

describe('the delay before the next attempt', () => {
  test.each([
    [1, 1_000],
    [2, 2_000],
    [6, 32_000],
    [7, 60_000],
    [2_000, 60_000],
  ])('after attempt %d is %d ms without jitter', (attempt, ms) => {
    expect(retryDelayMs(attempts(null), attempt, 0.9)).toBe(ms)
  })

  test('is drawn between nothing and the bound with full jitter', () => {
    expect(retryDelayMs(defaultActionRetry, 2, 0)).toBe(0)
    expect(retryDelayMs(defaultActionRetry, 2, 0.5)).toBe(1_000)
    expect(retryDelayMs(defaultActionRetry, 2, 0.9999)).toBe(2_000)
  })

  test('stays the same where the coefficient is one', () => {
    const steady = { ...attempts(null), backoffCoefficient: 1 }
    expect(retryDelayMs(steady, 9, 0)).toBe(1_000)
  })

  test('is a whole number within the bounds, whatever the policy', () => {
    const policies = fc.record({
      initialIntervalMs: fc.integer({ min: 1, max: 100_000 }),
      backoffCoefficient: fc.double({ min: 1, max: 10, noNaN: true }),
      maximumIntervalMs: fc.integer({ min: 1, max: 1_000_000 }),
      maximumAttempts: fc.constant(null),
      jitter: fc.constantFrom('full' as const, 'none' as const),
    })
    const draws = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(
        policies,
        fc.integer({ min: 1, max: 5_000 }),
        draws,
        (policy, attempt, random) => {
          const ms = retryDelayMs(policy, attempt, random)
          expect(Number.isInteger(ms)).toBe(true)
          expect(ms).toBeGreaterThanOrEqual(0)
          expect(ms).toBeLessThanOrEqual(policy.maximumIntervalMs)
        },
      ),
    )
  })
})

describe('a budget of attempts', () => {
  test('is spent when as many have ended as there may be', () => {
    expect(isSpent(attempts(3), 2)).toBe(false)
    expect(isSpent(attempts(3), 3)).toBe(true)
    expect(isSpent(attempts(3), 4)).toBe(true)
  })

  test('without a maximum is never spent', () => {
    expect(isSpent(attempts(null), 1_000_000)).toBe(false)
  })

  test('is five before the pivot, endless behind it, and twenty on the way back', () => {
    expect(defaultActionRetry.maximumAttempts).toBe(5)
    expect(defaultRetriableRetry.maximumAttempts).toBe(null)
    expect(defaultCompensationRetry.maximumAttempts).toBe(20)
  })
})
