import { expect, test } from 'vitest'

import {
  noEffect,
  stillUnknown,
  tookEffect,
} from '../../../packages/engine/src/definition/probe-answer.ts'
import { actionContext, begin, refusalOf, untyped } from './order-saga.ts'

const action = (): number => 1
const compensation = (): number => 1
const probe = () => tookEffect(1)
const place = 'Saga "order" version 1, step "pay"'

test('a probe is in the plan with its own patience, of three attempts when nothing else is said', async () => {
  const { plan, handlers } = begin()
    .step('a', { action, compensation, probe })
    .step('b', { action, compensation: 'none', reason: 'test', probe })
    .pivot('c', {
      action,
      probe: async () => noEffect(),
      probeOptions: { timeout: '2s', retry: { maximumAttempts: 'unlimited', jitter: 'none' } },
    })
  const [a, b, c] = plan.nodes
  const retry = {
    initialIntervalMs: 1_000,
    backoffCoefficient: 2,
    maximumIntervalMs: 60_000,
    maximumAttempts: 3,
    jitter: 'full',
  }
  expect(a).toHaveProperty('probe', { retry, timeoutMs: 30_000 })
  expect(b).toHaveProperty('probe', { retry, timeoutMs: 30_000 })
  expect(c).toHaveProperty('probe', {
    retry: { ...retry, maximumAttempts: null, jitter: 'none' },
    timeoutMs: 2_000,
  })
  const found = handlers.get('c')?.probe?.(actionContext())
  expect(found).toBeInstanceOf(Promise)
  expect(await found).toMatchObject({ status: 'rejected', code: 'no_effect' })
})

test('a step without a probe says nothing of it', () => {
  const { plan, handlers } = begin().step('a', { action, compensation })
  expect(plan.nodes[0]).not.toHaveProperty('probe')
  expect(handlers.get('a')).not.toHaveProperty('probe')
})

test('the three answers of a probe', () => {
  expect(tookEffect({ id: 7 })).toEqual({ status: 'succeeded', output: { id: 7 } })
  expect(tookEffect()).toEqual({ status: 'succeeded', output: undefined })
  expect(noEffect('gone', 'It is gone.', { at: 7 })).toEqual({
    status: 'rejected',
    code: 'gone',
    message: 'It is gone.',
    details: { at: 7 },
  })
  expect(noEffect()).not.toHaveProperty('details')
  expect(stillUnknown('Ask tomorrow.')).toEqual({ status: 'unknown', message: 'Ask tomorrow.' })
  expect(stillUnknown().status).toBe('unknown')
})

test.for<readonly [string, object, string]>([
  ['no function', { probe: true }, 'probe is true; pass a function'],
  [
    'options alone',
    { probeOptions: {} },
    'it has probeOptions and no probe; add the probe, or remove them',
  ],
])('a probe with %s is refused', ([, options, problem]) => {
  const step = () => untyped(begin()).step('pay', { action, compensation, ...options })
  expect(refusalOf(step)).toBe(`${place}: ${problem}.`)
})

test.for<readonly [object, string]>([
  [{ attempts: 3 }, ': there is no option "attempts"; there are retry, timeout'],
  [
    { retry: { maximumAttempts: 0 } },
    '.retry: maximumAttempts is 0; it must be a whole number from 1, or "unlimited"',
  ],
])('probeOptions of %o are refused', ([probeOptions, problem]) => {
  const step = () => untyped(begin()).step('pay', { action, compensation, probe, probeOptions })
  expect(refusalOf(step)).toBe(`${place}, probeOptions${problem}.`)
})

test('a step behind the pivot is tried until it succeeds, so there is no probe', () => {
  const after = untyped(begin().pivot('pay', { action }))
  expect(refusalOf(() => after.step('ship', { action, probe }))).toBe(
    'Saga "order" version 1, step "ship": there is no option "probe"; there are action, output, queue, retry, timeout, totalTimeout, transactional, breaker, fallback.',
  )
})
