import { expect, test } from 'vitest'
import { z } from 'zod'

import { planDifferences } from '../../../packages/engine/src/core/plan-difference.ts'
import { begin, refusalOf, untyped } from './order-saga.ts'

const action = (): number => 1
const undone = { action, compensation: action }
const schema = z.object({ ok: z.boolean() })
const where = 'Saga "order" version 1, waitFor "approval"'

test('a wait is in the plan, and behind it the steps of who waited in vain', () => {
  const { plan, signals, handlers } = begin()
    .waitFor('approval', { schema })
    .waitFor('second', { schema, timeout: '1h', onTimeout: 'continue' })
    .waitFor('third', {
      schema,
      timeout: '2h',
      onTimeout: (inVain) => inVain.step('remind', undone).step('call', undone),
    })
    .pivot('b', { action })
    .waitFor('address', { schema: z.string(), timeout: '1d', onTimeout: 'continue' })
  expect(plan.nodes.filter(({ type }) => type === 'wait')).toMatchObject([
    { name: 'approval', timeoutMs: null, onTimeout: 'compensate', size: 0 },
    { name: 'second', timeoutMs: 3_600_000, onTimeout: 'continue', size: 0 },
    { name: 'third', timeoutMs: 7_200_000, onTimeout: 'continue', size: 2 },
    { name: 'address', timeoutMs: 86_400_000, onTimeout: 'continue', size: 0 },
  ])
  expect(plan.nodes.slice(3, 5).map(({ name }) => name)).toEqual(['remind', 'call'])
  expect(plan.nodes[0]).toMatchObject({ payloadSchema: { type: 'object', required: ['ok'] } })
  expect([...signals.keys()]).toEqual(['approval', 'second', 'third', 'address'])
  expect([...handlers.keys()]).toEqual(['remind', 'call', 'b'])
})

test.each<readonly [string, unknown, string]>([
  ['no options', undefined, `${where}: pass an object; it is missing.`],
  [
    'no schema',
    { timeout: '1h' },
    `${where}: schema is missing; pass a Standard Schema of what the signal brings, such as z.object({ … }).`,
  ],
  [
    'a word for a time',
    { schema, timeout: 'soon' },
    `${where}: timeout is "soon"; write a duration such as`,
  ],
  [
    'no time and something for when it is over',
    { schema, onTimeout: 'continue' },
    `${where}: onTimeout is said and timeout is not; say both, or neither.`,
  ],
  [
    'an unknown word for when it is over',
    { schema, timeout: '1h', onTimeout: 'wait' },
    `${where}: onTimeout is "wait"; it is "compensate", "continue", or a function that adds steps.`,
  ],
  [
    'an unknown option',
    { schema, queue: 'a' },
    `${where}: there is no option "queue"; there are schema, timeout, onTimeout.`,
  ],
])('a wait with %s is refused', (_, options, message) => {
  expect(refusalOf(() => untyped(begin()).waitFor('approval', options))).toContain(message)
})

test('behind the pivot a wait that ends goes on', () => {
  const saga = untyped(begin().pivot('b', { action }))
  expect(refusalOf(() => saga.waitFor('approval', { schema, timeout: '1h' }))).toBe(
    `${where}: behind the pivot nothing turns the saga back; say onTimeout: "continue", or a function that adds steps.`,
  )
})

test('a name that is taken, and a wait in a branch, are refused', () => {
  const saga = untyped(begin().step('approval', undone))
  expect(refusalOf(() => saga.waitFor('approval', { schema }))).toContain(
    'there is a step named "approval" already',
  )
  expect(
    refusalOf(() =>
      untyped(begin()).when(
        'w',
        () => true,
        (steps: { readonly waitFor: (name: string) => unknown }) => steps.waitFor('x'),
      ),
    ),
  ).toContain('waitFor is called in it, but there are only steps in it')
})

test('what a changed wait changes is named', () => {
  const before = begin().waitFor('approval', { schema }).step('a', undone).plan
  const after = begin().waitFor('approval', { schema, timeout: '1h' }).step('a', undone).plan
  expect(planDifferences(before, after)).toEqual([
    'waitFor "approval": timeoutMs changed from null to 3600000',
  ])
})
