import { noSteps } from '../../../packages/engine/src/core/state.ts'
import * as fc from 'fast-check'
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

const fnv = (hash: number, unit: number): number => Math.imul(hash ^ unit, 0x01000193)

/** Two texts that take the hash from one state to the same next one (the second unit mends what the first one changes below). */
const twins = (state: number): readonly [one: string, other: string, next: number] => {
  const seen = new Map<number, number>()
  for (let unit = 0; ; unit += 1) {
    const hash = fnv(state, unit)
    const before = seen.get(hash >>> 16)
    if (before !== undefined) {
      const mended = (fnv(state, before) ^ hash) & 0xffff
      const texts = [String.fromCharCode(unit, 0), String.fromCharCode(before, mended)] as const
      return [...texts, fnv(hash, 0)]
    }
    seen.set(hash >>> 16, unit)
  }
}

/** Each of four places is taken by either of two twins (Joux, Multicollisions in Iterated Hash Functions, 2004). */
const keysOfOneHash = [1, 2, 3, 4].reduce<{
  readonly texts: readonly string[]
  readonly state: number
}>(
  ({ texts, state }) => {
    const [one, other, next] = twins(state)
    return { texts: texts.flatMap((text) => [text + one, text + other]), state: next }
  },
  { texts: [''], state: 0x811c9dc5 },
).texts

type Slot = typeof noSteps.root

const depthOf = (slot: Slot | undefined): number =>
  slot === undefined || !('slots' in slot) ? 0 : 1 + Math.max(...slot.slots.map(depthOf))

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

  test('takes many keys', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `issue[${index}]`)
    const steps = many.reduce((all, key) => withValue(all, key, stepOfAge(1)), noSteps)

    expect(steps.size).toBe(many.length)
    expect(many.every((key) => valueAt(steps, key) !== undefined)).toBe(true)
  })

  test('takes more keys of one hash than fit into a bucket', () => {
    const steps = keysOfOneHash.reduce((all, key) => withValue(all, key, stepOfAge(1)), noSteps)

    expect(new Set(keysOfOneHash).size).toBe(16)
    expect(steps.size).toBe(16)
    expect(keysOfOneHash.every((key) => valueAt(steps, key) !== undefined)).toBe(true)
    // Eight times four bits: all of the hash is used up.
    expect(depthOf(steps.root)).toBe(8)
  })
})
