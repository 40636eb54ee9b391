import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  noSteps,
  stepAt,
  stepEntries,
  withStep,
} from '../../../packages/engine/src/core/step-map.ts'
import { stateAfter } from './journals.ts'
import { planOf, step } from './plans.ts'

const reached = stepAt(stateAfter(planOf(step('reserve')), []).steps, 'reserve')
if (reached === undefined) throw new Error('The first step is reached at once.')
const stepOfAge = (scheduledSeq: number) => ({
  ...reached,
  action: { ...reached.action, scheduledSeq },
})
const keys = fc.oneof(
  fc.nat(400).map((index) => `issue[${index}]`),
  fc.string({ maxLength: 3 }),
)

describe('a map of steps', () => {
  test('is what a map of the same entries is', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(keys, fc.nat()), { maxLength: 500 }), (entries) => {
        const map = new Map(entries.map(([key, age]) => [key, stepOfAge(age)]))
        const steps = entries.reduce(
          (all, [key, age]) => withStep(all, key, stepOfAge(age)),
          noSteps,
        )
        expect(new Map(stepEntries(steps))).toEqual(map)
        expect(steps.size).toBe(map.size)
        for (const [key, value] of map) expect(stepAt(steps, key)).toEqual(value)
        expect(stepAt(steps, 'never reached')).toBeUndefined()
      }),
      { numRuns: 50 },
    )
  })

  test('has one form for the same entries, however they came in', () => {
    fc.assert(
      fc.property(fc.uniqueArray(keys, { maxLength: 300 }), (names) => {
        const forth = names.reduce((all, key) => withStep(all, key, stepOfAge(1)), noSteps)
        const back = names
          .toReversed()
          .reduce((all, key) => withStep(all, key, stepOfAge(1)), noSteps)
        expect(forth).toStrictEqual(back)
      }),
      { numRuns: 50 },
    )
  })

  test('leaves the map alone that it was made from', () => {
    const one = withStep(noSteps, 'a', stepOfAge(1))
    const two = withStep(one, 'a', stepOfAge(2))

    expect(stepAt(one, 'a')?.action.scheduledSeq).toBe(1)
    expect(stepAt(two, 'a')?.action.scheduledSeq).toBe(2)
    expect(noSteps.size).toBe(0)
  })

  test('takes keys whose hashes are alike', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `issue[${index}]`)
    const steps = many.reduce((all, key) => withStep(all, key, stepOfAge(1)), noSteps)

    expect(steps.size).toBe(many.length)
    expect(many.every((key) => stepAt(steps, key) !== undefined)).toBe(true)
  })
})
