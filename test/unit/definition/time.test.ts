import { expect, test } from 'vitest'
import { z } from 'zod'

import { planDifferences } from '../../../packages/engine/src/core/plan-difference.ts'
import { defineSaga } from '../../../packages/engine/src/definition/define-saga.ts'
import { begin, refusalOf, untyped } from './order-saga.ts'

const action = (): number => 1
const undone = { action, compensation: action }
const where = 'Saga "order" version 1'

const inside = (steps: { readonly sleep: (duration: string) => unknown }) => steps.sleep('1s')

test('sleeps are in the plan, named by the application or by their number', () => {
  const { plan } = begin()
    .sleep('1d')
    .step('a', undone)
    .sleep('cool off', '1h30m')
    .pivot('b', { action })
    .sleep('500ms')
    .step('c', { action })
  expect(plan.nodes.filter(({ type }) => type === 'sleep')).toEqual([
    { type: 'sleep', name: 'sleep', durationMs: 86_400_000 },
    { type: 'sleep', name: 'cool off', durationMs: 5_400_000 },
    { type: 'sleep', name: 'sleep-3', durationMs: 500 },
  ])
})

test.each<readonly [string, readonly unknown[], string]>([
  ['no duration', [], `${where}, sleep "sleep": its duration is missing; write one such as "1d".`],
  ['a number', [5], `${where}, sleep "sleep": its duration is 5; write a duration such as "10s".`],
  [
    'a word',
    ['nap', 'soon'],
    `${where}, sleep "nap": its duration is "soon"; write a duration such as "500ms", "10s" or "1h30m" (units: ms, s, m, h, d, w).`,
  ],
  [
    'nothing for a duration',
    ['nap', undefined],
    `${where}, sleep "nap": its duration is missing; write one such as "1d".`,
  ],
  [
    'a name that is taken',
    ['a', '1s'],
    `${where}: there is a step named "a" already; choose another name.`,
  ],
])('a sleep with %s is refused', (_, given, message) => {
  const saga = untyped(begin().step('a', undone))
  expect(refusalOf(() => saga.sleep(...given))).toBe(message)
})

test('a sleep in a branch is refused', () => {
  const saga = untyped(begin())
  expect(refusalOf(() => saga.when('w', () => true, inside))).toContain(
    'sleep is called in it, but there are only steps in it; call it on the saga',
  )
})

const dated = (deadline?: string) =>
  defineSaga({
    name: 'order',
    version: 1,
    input: z.null(),
    ...(deadline === undefined ? {} : { deadline }),
  }).step('a', undone)

test('a deadline is in the plan, and without one the plan is as it was', () => {
  expect(dated('2h').plan.deadlineMs).toBe(7_200_000)
  expect(dated().plan).not.toHaveProperty('deadlineMs')
  expect(dated('2h').fingerprint).not.toBe(dated().fingerprint)
  expect(refusalOf(() => dated('soon'))).toContain(`${where}: deadline is "soon"; write a duration`)
})

test('what a changed sleep and a changed deadline change is named', () => {
  const before = dated('1h').sleep('nap', '1s').plan
  expect(planDifferences(before, dated('2h').sleep('nap', '5s').plan)).toEqual([
    'deadlineMs changed from 3600000 to 7200000',
    'sleep "nap": durationMs changed from 1000 to 5000',
  ])
  expect(planDifferences(before, dated('1h').plan)).toEqual(['sleep "nap" was removed'])
})
