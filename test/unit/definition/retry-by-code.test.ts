import { expect, test } from 'vitest'
import { z } from 'zod'

import { plannedSteps } from '../../../packages/engine/src/core/plan-steps.ts'
import { defineSaga } from '../../../packages/engine/src/definition/define-saga.ts'
import { begin, refusalOf, untyped } from './order-saga.ts'

const noop = () => 1
const undone = { action: noop, compensation: noop }
const place = 'Saga "order" version 1, step "pay", retry'

test('a budget by code takes what it leaves out from the policy around it', () => {
  const { plan } = begin().step('pay', {
    ...undone,
    retry: {
      initialInterval: '2s',
      jitter: 'none',
      maximumAttempts: 3,
      byCode: {
        rate_limited: { initialInterval: '5m', maximumAttempts: 20 },
        timeout: { maximumAttempts: 'unlimited' },
        invalid_card: 'stop',
      },
    },
  })
  const around = { backoffCoefficient: 2, jitter: 'none' }
  const short = { ...around, initialIntervalMs: 2_000, maximumIntervalMs: 60_000 }
  expect(plan.nodes[0]).toHaveProperty('retry', {
    ...short,
    maximumAttempts: 3,
    byCode: {
      rate_limited: {
        ...around,
        initialIntervalMs: 300_000,
        maximumIntervalMs: 300_000,
        maximumAttempts: 20,
      },
      timeout: { ...short, maximumAttempts: null },
      invalid_card: { ...short, maximumAttempts: 1 },
    },
  })
})

test('the codes of the defaults hold where a step does not name them, without bounds after the pivot', () => {
  const byCode = { busy: { maximumAttempts: 7 }, invalid: 'stop' } as const
  const { plan } = defineSaga({
    name: 'order',
    version: 1,
    input: z.string(),
    defaults: { retry: { byCode } },
  })
    .step('a', { ...undone, retry: { maximumAttempts: 2, byCode: { busy: 'stop' } } })
    .pivot('b', { action: noop })
    .step('c', { action: noop })
  const [a, b, c] = plan.nodes
  expect(a).toMatchObject({
    retry: {
      maximumAttempts: 2,
      byCode: { busy: { maximumAttempts: 1 }, invalid: { maximumAttempts: 1 } },
    },
  })
  expect(b).toMatchObject({
    retry: {
      maximumAttempts: 5,
      byCode: { busy: { maximumAttempts: 7 }, invalid: { maximumAttempts: 1 } },
    },
  })
  expect(c).toMatchObject({
    retry: {
      maximumAttempts: null,
      byCode: { busy: { maximumAttempts: null }, invalid: { maximumAttempts: null } },
    },
  })
})

test('a compensation has codes of its own', () => {
  const { plan } = begin().step('pay', {
    ...undone,
    compensationOptions: { retry: { byCode: { gone: 'stop' } } },
  })
  expect(plan.nodes[0]).toMatchObject({
    compensation: { retry: { maximumAttempts: 20, byCode: { gone: { maximumAttempts: 1 } } } },
  })
  expect(plan.nodes[0]).not.toHaveProperty('retry.byCode')
})

test('attempts without end are allowed up to the pivot, and for the pivot itself', () => {
  const retry = { maximumAttempts: 'unlimited' } as const
  const { plan } = begin()
    .step('a', { ...undone, retry })
    .pivot('b', { action: noop, retry })
  expect(plannedSteps(plan).map(({ node }) => node.retry.maximumAttempts)).toEqual([null, null])
})

test.for<readonly [string, unknown, string]>([
  ['no object', ['busy'], 'byCode is an array; pass an object with codes as keys'],
  [
    'a code that every object has',
    { constructor: 'stop' },
    'a code in byCode is "constructor"; every object has that; choose another',
  ],
  ['no code', { '': 'stop' }, 'a code in byCode is ""; it must not be empty'],
  [
    'too many codes',
    Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`c${n}`, 'stop'])),
    'byCode has more than 100 codes; name those that matter',
  ],
])('budgets by code with %s are refused', ([, byCode, problem]) => {
  const step = () => untyped(begin()).step('pay', { ...undone, retry: { byCode } })
  expect(refusalOf(step)).toBe(`${place}: ${problem}.`)
})

test.for<readonly [unknown, string]>([
  ['reject', 'it is "reject"; pass an object, or "stop"'],
  [
    { byCode: {} },
    'there is no option "byCode"; there are initialInterval, backoffCoefficient, maximumInterval, maximumAttempts, jitter',
  ],
  [
    { maximumAttempts: 0 },
    'maximumAttempts is 0; it must be a whole number from 1, or "unlimited"',
  ],
])('the budget %o of a code is refused', ([budget, problem]) => {
  const retry = { byCode: { busy: budget } }
  expect(refusalOf(() => untyped(begin()).step('pay', { ...undone, retry }))).toBe(
    `${place}, byCode.busy: ${problem}.`,
  )
})
