import { expect, test } from 'vitest'

import { actionContext, begin, refusalOf, untyped } from './order-saga.ts'

const action = (): number => 1
const compensation = (): number => 1
const fallback = (): number => 2
const place = 'Saga "order" version 1, step "pay"'

test('a breaker and a fallback are in the plan', async () => {
  const { plan, handlers } = begin()
    .step('a', {
      action,
      compensation,
      fallback,
      breaker: { consecutiveFailures: 5, halfOpenAfter: '10s' },
    })
    .step('b', { action, compensation: 'none', reason: 'test', fallback })
    .pivot('c', {
      action,
      breaker: { failureRate: 0.5, window: '30s', minimumCalls: 20, halfOpenAfter: '1m' },
    })
    .step('d', { action, fallback })
  const [a, b, c, d] = plan.nodes
  expect(a).toMatchObject({
    fallback: true,
    breaker: { type: 'consecutive', failures: 5, halfOpenAfterMs: 10_000 },
  })
  expect([b, d]).toMatchObject([{ fallback: true }, { fallback: true }])
  expect(c).toHaveProperty('breaker', {
    type: 'sampling',
    failureRate: 0.5,
    windowMs: 30_000,
    minimumCalls: 20,
    halfOpenAfterMs: 60_000,
  })
  expect(await handlers.get('d')?.fallback?.(actionContext())).toBe(2)
})

test('a step without them says nothing of it, and keeps its fingerprint', () => {
  const { plan, handlers } = begin().step('a', { action, compensation })
  expect(plan.nodes[0]).not.toHaveProperty('breaker')
  expect(plan.nodes[0]).not.toHaveProperty('fallback')
  expect(handlers.get('a')).not.toHaveProperty('fallback')
})

test.each([
  [{ breaker: 5 }, `${place}, breaker: pass an object; it is 5.`],
  [
    { breaker: {} },
    `${place}, breaker: consecutiveFailures is missing; it must be a whole number from 1 to 100000.`,
  ],
  [
    { breaker: { consecutiveFailures: 0, halfOpenAfter: '1s' } },
    `${place}, breaker: consecutiveFailures is 0; it must be a whole number from 1 to 100000.`,
  ],
  [
    { breaker: { consecutiveFailures: 2 } },
    `${place}, breaker: halfOpenAfter is missing; write a duration such as "10s".`,
  ],
  [
    { breaker: { consecutiveFailures: 2, halfOpenAfter: '0s' } },
    `${place}, breaker: halfOpenAfter is "0s"; it must be at least 1ms and at most 36525d.`,
  ],
  [
    { breaker: { consecutiveFailures: 2, failureRate: 0.5, halfOpenAfter: '1s' } },
    `${place}, breaker: it has consecutiveFailures and a failureRate; a breaker goes by one of the two.`,
  ],
  [
    { breaker: { failureRate: 1, window: '10s', minimumCalls: 5, halfOpenAfter: '1s' } },
    `${place}, breaker: failureRate is 1; it must be a number between 0 and 1, such as 0.5.`,
  ],
  [
    { breaker: { failures: 2 } },
    `${place}, breaker: there is no option "failures"; there are consecutiveFailures, halfOpenAfter, failureRate, window, minimumCalls.`,
  ],
  [{ fallback: 'other' }, `${place}: fallback is "other"; pass a function.`],
  [
    { fallback, transactional: true },
    `${place}: it is transactional and has a fallback, but there is no other way to write to the saga database; remove one of the two.`,
  ],
])('a step with %j is refused', (options, problem) => {
  const refused = refusalOf(() =>
    untyped(begin()).step('pay', { action, compensation, ...options }),
  )
  expect(refused).toBe(problem)
})

test('a pivot with a fallback is refused: both ways of deciding may decide', () => {
  expect(refusalOf(() => untyped(begin()).pivot('pay', { action, fallback }))).toBe(
    'Saga "order" version 1, pivot "pay": the pivot has a fallback, but two ways of taking a decision may both take effect; remove it, or make this a step.',
  )
})
