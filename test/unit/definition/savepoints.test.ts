import { expect, test } from 'vitest'

import { validateDefinition } from '../../../packages/engine/src/definition/validate-definition.ts'
import { begin, refusalOf, untyped } from './order-saga.ts'

const undone = { action: () => 1, compensation: () => 1 }
const rounds = { maximumRounds: 3 }

test('a save-point is a node of the plan, and changes the fingerprint', () => {
  const plain = begin().step('a', undone).step('b', undone)
  const saved = begin().step('a', undone).savepoint('s', rounds).step('b', undone)

  expect(saved.plan.nodes).toMatchObject([
    { name: 'a' },
    { type: 'savepoint', name: 's', maximumRounds: 3 },
    { name: 'b' },
  ])
  expect(Object.isFrozen(saved.plan.nodes[1])).toBe(true)
  expect(validateDefinition(saved).fingerprint).not.toBe(validateDefinition(plain).fingerprint)
})

test.each<[string, unknown, string]>([
  ['no options', undefined, 'pass an object; it is missing'],
  [
    'no rounds',
    {},
    'maximumRounds is missing; it must be a whole number from 2 to 1000, and counts the first round too',
  ],
  [
    'one round',
    { maximumRounds: 1 },
    'maximumRounds is 1; it must be a whole number from 2 to 1000, and counts the first round too',
  ],
  [
    'half a round',
    { maximumRounds: 2.5 },
    'maximumRounds is 2.5; it must be a whole number from 2 to 1000, and counts the first round too',
  ],
  [
    'too many',
    { maximumRounds: 1_001 },
    'maximumRounds is 1001; it must be a whole number from 2 to 1000, and counts the first round too',
  ],
  [
    'a text',
    { maximumRounds: '3' },
    'maximumRounds is "3"; it must be a whole number from 2 to 1000, and counts the first round too',
  ],
  ['another option', { rounds: 3 }, 'there is no option "rounds"; there are maximumRounds'],
])('a save-point is refused with %s', (_what, options, why) => {
  expect(refusalOf(() => untyped(begin()).savepoint('s', options))).toBe(
    `Saga "order" version 1, savepoint "s": ${why}.`,
  )
})

const long = 'x'.repeat(232)

test.each<[string, () => unknown, string]>([
  [
    'behind the pivot',
    () => untyped(begin().pivot('p', { action: () => 1 })).savepoint('s', rounds),
    ', savepoint "s": it stands after the pivot, and from there nothing goes back; put it before the pivot, or remove it.',
  ],
  [
    'without a name',
    () => untyped(begin()).savepoint('', rounds),
    ': the name of a savepoint is ""; it must not be empty.',
  ],
  [
    'with the name of a step',
    () => untyped(begin().step('a', undone)).savepoint('a', rounds),
    ', savepoint "a": there is a step named "a" already; choose another name.',
  ],
  [
    'with a name that a step is to have',
    () => untyped(begin().savepoint('s', rounds)).step('s', undone),
    ': there is a savepoint named "s" already; choose another name.',
  ],
  [
    'behind a step with the name of an earlier round',
    () => untyped(begin().step('a (round 1)', undone)).savepoint('s', rounds),
    ', savepoint "s": "a (round 1)" is what a saga with save-points calls a step whose round is over; choose another name.',
  ],
  [
    'before a step with the name of an earlier round',
    () => untyped(begin().savepoint('s', rounds)).step('a (round 1)', undone),
    ': "a (round 1)" is what a saga with save-points calls a step whose round is over; choose another name.',
  ],
  [
    'before a step with a name that leaves no room for a round',
    () => untyped(begin().savepoint('s', rounds)).step(long, undone),
    `: "${long}" stands behind a save-point, where a name may have 231 bytes; choose a shorter one.`,
  ],
  [
    'after the output',
    () => untyped(untyped(begin().step('a', undone)).output(() => 1)).savepoint('s', rounds),
    ': "s" comes after output; call output last.',
  ],
  [
    'with nothing behind it',
    () => validateDefinition(begin().step('a', undone).savepoint('s', rounds)),
    ': there is nothing behind savepoint "s" that could fail; add steps behind it, or remove it.',
  ],
])('a save-point is refused %s', (_where, define, why) => {
  expect(refusalOf(define)).toBe(`Saga "order" version 1${why}`)
})

test('long names are taken before a save-point, and names like rounds in a saga without one', () => {
  expect(refusalOf(() => untyped(untyped(begin()).step(long, undone)).savepoint('s', rounds))).toBe(
    'accepted',
  )
  expect(refusalOf(() => begin().step('a (round 1)', undone))).toBe('accepted')
})
