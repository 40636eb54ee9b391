import { noSteps } from '../../../packages/engine/src/core/state.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { valueAt, entriesIn, withValue } from '../../../packages/engine/src/core/key-map.ts'
import { stateAfter } from './journals.ts'
import { planOf, step } from './plans.ts'

const reached = valueAt(stateAfter(planOf(step('reserve')), []).steps, 'reserve')
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
          (all, [key, age]) => withValue(all, key, stepOfAge(age)),
          noSteps,
        )
        expect(new Map(entriesIn(steps))).toEqual(map)
        expect(steps.size).toBe(map.size)
        for (const [key, value] of map) expect(valueAt(steps, key)).toEqual(value)
        expect(valueAt(steps, 'never reached')).toBeUndefined()
      }),
      { numRuns: 50 },
    )
  })

  test('has one form for the same entries, however they came in', () => {
    fc.assert(
      fc.property(fc.uniqueArray(keys, { maxLength: 300 }), (names) => {
        const forth = names.reduce((all, key) => withValue(all, key, stepOfAge(1)), noSteps)
        const back = names
          .toReversed()
          .reduce((all, key) => withValue(all, key, stepOfAge(1)), noSteps)
        expect(forth).toStrictEqual(back)
      }),
      { numRuns: 50 },
    )
  })

  test('leaves the map alone that it was made from', () => {
    const one = withValue(noSteps, 'a', stepOfAge(1))
    const two = withValue(one, 'a', stepOfAge(2))

    expect(valueAt(one, 'a')?.action.scheduledSeq).toBe(1)
    expect(valueAt(two, 'a')?.action.scheduledSeq).toBe(2)
    expect(noSteps.size).toBe(0)
  })

  test('takes keys whose hashes are alike', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `issue[${index}]`)
    const steps = many.reduce((all, key) => withValue(all, key, stepOfAge(1)), noSteps)

    expect(steps.size).toBe(many.length)
    expect(many.every((key) => valueAt(steps, key) !== undefined)).toBe(true)
  })
})
