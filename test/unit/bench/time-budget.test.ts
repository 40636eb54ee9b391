import { describe, expect, it } from 'vitest'

import { TimeBudget } from '../../../packages/bench/src/harness/time-budget.ts'

describe('a time budget', () => {
  it('gives each group an equal part of what is left when it begins', () => {
    let now = 1000
    const budget = new TimeBudget(300, () => now)
    budget.beginGroup(3)
    now += 99
    expect(budget.hasTime()).toBe(true)
    now += 1
    expect(budget.hasTime()).toBe(false)
    // The last run of the first group took long: the other two share what remains.
    now += 40
    budget.beginGroup(2)
    now += 79
    expect(budget.hasTime()).toBe(true)
    now += 1
    expect(budget.hasTime()).toBe(false)
    budget.beginGroup(1)
    now += 79
    expect(budget.hasTime()).toBe(true)
  })

  it('may be without end', () => {
    let now = 0
    const budget = new TimeBudget(null, () => now)
    budget.beginGroup(1)
    now += 1e9
    expect(budget.hasTime()).toBe(true)
  })
})
