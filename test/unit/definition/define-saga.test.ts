import { expect, test } from 'vitest'
import { z } from 'zod'

import { defineSaga } from '../../../packages/engine/src/definition/define-saga.ts'
import { validateDefinition } from '../../../packages/engine/src/definition/validate-definition.ts'
import { actionContext, begin, compensationContext, orderSaga } from './order-saga.ts'

const noop = () => 1
const undone = { action: noop, compensation: noop }

const backoff = {
  initialIntervalMs: 1_000,
  backoffCoefficient: 2,
  maximumIntervalMs: 60_000,
  jitter: 'full',
}
const step = {
  type: 'step',
  queue: 'default',
  retry: { ...backoff, maximumAttempts: 5 },
  timeoutMs: 30_000,
  totalTimeoutMs: null,
  outputSchema: null,
}
const compensatable = {
  ...step,
  role: 'compensatable',
  compensateWhenRejected: false,
  rejectionCoversEarlierAttempts: false,
}

test('the plan has every step with its role, and the defaults spelled out', () => {
  const undo = { retry: { ...backoff, maximumAttempts: 20 }, timeoutMs: 30_000 }
  expect(orderSaga().plan).toEqual({
    name: 'order',
    version: 1,
    inputSchema: expect.objectContaining({ type: 'object', required: ['orderId'] }),
    nodes: [
      { ...compensatable, name: 'reserveStock', compensation: { type: 'handler', ...undo } },
      { ...compensatable, name: 'checkFraud', compensation: { type: 'none', reason: 'read-only' } },
      {
        ...step,
        name: 'chargeCard',
        role: 'pivot',
        queue: 'payments',
        retry: { ...backoff, maximumAttempts: 3 },
        timeoutMs: 10_000,
        rejectionCoversEarlierAttempts: false,
      },
      { ...step, name: 'ship', role: 'retriable', retry: { ...backoff, maximumAttempts: null } },
    ],
  })
})

test('every option of a step is in the plan', () => {
  const { plan } = begin().step('reserve', {
    ...undone,
    output: z.number(),
    queue: 'stock',
    retry: {
      initialInterval: '5m',
      backoffCoefficient: 1.5,
      maximumAttempts: 'unlimited',
      jitter: 'none',
    },
    totalTimeout: '20s',
    compensationOptions: { retry: { maximumAttempts: 2, maximumInterval: '3s' }, timeout: '2s' },
    compensateWhenRejected: true,
    rejectionCoversEarlierAttempts: true,
    barrier: true,
  })
  expect(plan.nodes[0]).toMatchObject({
    queue: 'stock',
    // The built-in maximum gives way to a longer beginning, and the attempt's time to the step's.
    retry: {
      initialIntervalMs: 300_000,
      backoffCoefficient: 1.5,
      maximumIntervalMs: 300_000,
      maximumAttempts: null,
      jitter: 'none',
    },
    timeoutMs: 20_000,
    totalTimeoutMs: 20_000,
    outputSchema: { type: 'number' },
    compensation: { retry: { maximumAttempts: 2, maximumIntervalMs: 3_000 }, timeoutMs: 2_000 },
    compensateWhenRejected: true,
    rejectionCoversEarlierAttempts: true,
    barrier: true,
  })
})

test('to park is in the plan, and to turn back, which goes without saying, is not', () => {
  const { plan } = begin()
    .step('a', { ...undone, onFailure: 'park' })
    .step('b', { action: noop, compensation: 'none', reason: 'test', onFailure: 'compensate' })
    .pivot('c', { action: noop, onFailure: 'park' })
  const [a, b, c] = plan.nodes
  expect(a).toHaveProperty('onFailure', 'park')
  expect(b).not.toHaveProperty('onFailure')
  expect(c).toHaveProperty('onFailure', 'park')
})

test('defaults hold for all steps, but a bound on attempts does not reach beyond the pivot', () => {
  const { plan } = defineSaga({
    name: 'order',
    version: 1,
    input: z.string(),
    defaults: {
      queue: 'orders',
      timeout: '1m',
      retry: { initialInterval: '3s', maximumAttempts: 2 },
    },
  })
    .step('a', undone)
    .pivot('b', { action: noop, queue: 'payments' })
    .step('c', { action: noop })
  expect(plan.nodes).toMatchObject([
    {
      queue: 'orders',
      timeoutMs: 60_000,
      retry: { initialIntervalMs: 3_000, maximumAttempts: 2 },
      compensation: { timeoutMs: 60_000, retry: { initialIntervalMs: 1_000, maximumAttempts: 20 } },
    },
    { queue: 'payments', retry: { maximumAttempts: 2 } },
    { queue: 'orders', retry: { initialIntervalMs: 3_000, maximumAttempts: null } },
  ])
})

test('each method returns a new frozen definition and leaves the old one as it was', () => {
  const empty = begin()
  const one = empty.step('a', undone)
  const two = one.step('b', undone)
  const other = one.step('c', undone)
  const names = [empty, one, two, other].map(({ plan }) => plan.nodes.map(({ name }) => name))
  expect(names).toEqual([[], ['a'], ['a', 'b'], ['a', 'c']])
  for (const part of [one, one.plan, one.plan.nodes, one.plan.nodes[0]]) {
    expect(Object.isFrozen(part)).toBe(true)
  }
})

test('handlers are called with what the engine has, and always answer later', async () => {
  const { handlers } = orderSaga()
  const action = handlers.get('reserveStock')?.action(actionContext())
  expect(action).toBeInstanceOf(Promise)
  expect(await action).toEqual({ reservationId: 'r-o1' })
  const undo = handlers.get('reserveStock')?.compensation
  expect(await undo?.(compensationContext({ reservationId: 'r1' }))).toBe('r1')
  expect(await handlers.get('ship')?.action(actionContext({ chargeCard: 7 }))).toBe(8)
  expect(handlers.get('checkFraud')?.compensation).toBeUndefined()
  expect([...handlers.keys()]).toEqual(['reserveStock', 'checkFraud', 'chargeCard', 'ship'])
})

test('a handler that throws at once rejects all the same', async () => {
  const { handlers } = begin().pivot('charge', {
    action: (): number => {
      throw new Error('no')
    },
  })
  await expect(handlers.get('charge')?.action(actionContext())).rejects.toThrow('no')
})

test('the output is computed from all results, and is null where there is none', async () => {
  const context = { input: {}, results: { reserveStock: 'r', ship: 2 }, sagaId: 's1' }
  expect(await orderSaga().computeOutput(context)).toEqual({ reservation: 'r', shipped: 2 })
  expect(await begin().step('a', undone).computeOutput(context)).toBeNull()
})

test('a whole definition is valid, before and after its output', () => {
  for (const definition of [begin().step('a', undone), orderSaga()]) {
    expect(validateDefinition(definition)).toBe(definition)
  }
})
