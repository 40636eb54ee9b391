import { expect, test } from 'vitest'

import { defineSaga } from '../../../packages/engine/src/definition/define-saga.ts'
import { begin, orderSaga } from './order-saga.ts'
import { tripSaga } from './trip-saga.ts'

/**
 * Stored definitions are compared by fingerprint. Whoever changes one of these stops every worker that is deployed: its
 * sagas are then other ones under an unchanged version.
 */
test('the fingerprints of sagas without forks are what they have always been', () => {
  expect(orderSaga().fingerprint).toBe(
    'c4ae05f51d18f6c93f4d19a010d8d41ad678aca613c47c93da7673a532e95b00',
  )
  expect(withoutJsonSchemas().fingerprint).toBe(
    '75ca35f2bc0ff2f5792730a1cda9b22825fbd176387e69d7f8bc2d39fad82213',
  )
})

const action = () => 1

/** Depends on nothing but the plan's own form. */
function withoutJsonSchemas() {
  const input = {
    '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
  } as const
  return defineSaga({ name: 'plain', version: 3, input, defaults: { timeout: '1m' } })
    .step('reserve', {
      action,
      compensation: action,
      queue: 'stock',
      retry: { initialInterval: '5m', maximumAttempts: 'unlimited', jitter: 'none' },
      totalTimeout: '20s',
      compensationOptions: { retry: { maximumAttempts: 2 }, timeout: '2s' },
      compensateWhenRejected: true,
      rejectionCoversEarlierAttempts: true,
    })
    .step('check', { action, compensation: 'none', reason: 'read-only' })
    .pivot('charge', { action, rejectionCoversEarlierAttempts: true })
    .step('ship', { action })
}

const undone = { action: () => 1, compensation: () => 1 }

test('a barrier that is not declared is not in the plan', () => {
  const without = begin().step('a', undone).fingerprint
  expect(begin().step('a', { ...undone, barrier: false }).fingerprint).toBe(without)
  expect(begin().step('a', { ...undone, barrier: true }).fingerprint).not.toBe(without)
})

test('another shape is another fingerprint', () => {
  const options = { siblings: 'waitAll' } as const
  const fingerprints = [
    tripSaga(),
    begin().step('a', undone),
    begin().parallel('f', (fork) => fork.branch('b', (branch) => branch.step('a', undone))),
    begin().parallel('f', (fork) => fork.branch('c', (branch) => branch.step('a', undone))),
    begin().parallel(
      'f',
      (fork) => fork.branch('b', (branch) => branch.step('a', undone)),
      options,
    ),
    begin().forEach(
      'f',
      () => [1],
      (each) => each.step('a', undone),
    ),
    begin().forEach(
      'f',
      () => [1],
      (each) => each.step('a', undone),
      { concurrency: 2 },
    ),
    begin().when(
      'f',
      () => true,
      (then) => then.step('a', undone),
    ),
    begin()
      .when(
        'f',
        () => true,
        (then) => then.step('a', undone),
      )
      .step('b', undone),
    begin().when(
      'f',
      () => true,
      (then) => then.step('a', undone).step('b', undone),
    ),
  ].map(({ fingerprint }) => fingerprint)
  expect(new Set(fingerprints).size).toBe(fingerprints.length)
  expect(tripSaga().fingerprint).toBe(tripSaga().fingerprint)
})

/** Goes through these items. */
function through(items: readonly number[]) {
  return begin().forEach(
    'f',
    () => items,
    (each) => each.step('a', undone),
  )
}

test('lists and conditions are code, and in no fingerprint', () => {
  expect(through([1]).fingerprint).toBe(through([2, 3]).fingerprint)
})
