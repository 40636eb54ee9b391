import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { reject } from '../../../packages/engine/src/definition/rejection.ts'
import { aborted, gate, never } from './gate.ts'
import {
  anyInput,
  eventOf,
  defineSaga,
  eventsOf,
  memoryEngine,
  soon,
  typesOf,
  work,
} from './memory-engine.ts'

test('every attempt at a step has the next number and the same idempotency key', async () => {
  const { backstep } = memoryEngine()
  const seen: { attempt: number; key: string }[] = []
  const saga = defineSaga({ name: 'order', version: 1, input: anyInput }).step('pay', {
    action: ({ attempt, idempotencyKey }) => {
      seen.push({ attempt, key: idempotencyKey })
      if (attempt < 3) throw new Error('not yet')
      return attempt
    },
    compensation: () => {},
    retry: soon,
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
  const key = `${handle.sagaId}/main/pay/action/1`
  expect(seen).toEqual([1, 2, 3].map((attempt) => ({ attempt, key })))
})

test('a handler that returns within the abort grace has succeeded, however late it is', async () => {
  const { backstep } = memoryEngine()
  const reasons: unknown[] = []
  const saga = defineSaga({ name: 'order', version: 1, input: anyInput }).step('pay', {
    action: async ({ signal }) => {
      await aborted(signal)
      reasons.push(signal.reason)
      return 'paid'
    },
    compensation: () => {},
    timeout: '20ms',
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
  expect(reasons).toEqual(['timeout'])
  expect(await typesOf(backstep, handle.sagaId)).toEqual([
    'saga_started',
    'action_succeeded',
    'saga_completed',
  ])
})

test('a success after the abort grace is kept as a late result and beats the rejection of the next attempt', async () => {
  const { backstep } = memoryEngine()
  const second = gate()
  const saga = defineSaga({ name: 'order', version: 1, input: anyInput }).step('pay', {
    action: async ({ attempt, sagaId }) => {
      if (attempt === 2) {
        second.open()
        await eventOf(backstep, sagaId, 'late_result')
        throw reject('declined', 'No.')
      }
      await second.passed
      return 'first'
    },
    compensation: () => {},
    timeout: '20ms',
    retry: soon,
  })
  await work(backstep, [saga.output(({ results }) => results.pay)])
  const handle = await backstep.start(
    saga.output(({ results }) => results.pay),
    { input: {} },
  )
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({
    status: 'completed',
    output: 'first',
  })
})

test('a failure after the abort grace is kept, and the attempt that waits still comes', async () => {
  const { backstep } = memoryEngine()
  const failLate = gate()
  const saga = defineSaga({ name: 'order', version: 1, input: anyInput }).step('pay', {
    action: async ({ attempt }) => {
      if (attempt === 2) return 'second'
      await failLate.passed
      throw new Error('too late')
    },
    compensation: () => {},
    timeout: '20ms',
    retry: { initialInterval: '400ms', jitter: 'none' },
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await eventually(async () =>
    expect(await typesOf(backstep, handle.sagaId)).toContain('action_failed'),
  )
  failLate.open()
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
  const late = (await eventsOf(backstep, handle.sagaId)).find(({ type }) => type === 'late_result')
  expect(late).toMatchObject({ attempt: 1, outcome: { status: 'failed' } })
})

test('what a handler returned too late is kept even when it cannot be stored', async () => {
  const { backstep } = memoryEngine()
  const returnLate = gate()
  const saga = defineSaga({ name: 'order', version: 1, input: anyInput }).step('pay', {
    action: async ({ attempt }): Promise<string> => {
      if (attempt === 2) return 'second'
      await returnLate.passed
      return 'a\0b'
    },
    compensation: () => {},
    timeout: '20ms',
    retry: soon,
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await handle.result({ timeout: '3s' })
  returnLate.open()
  await eventually(async () => {
    const late = (await eventsOf(backstep, handle.sagaId)).find(
      ({ type }) => type === 'late_result',
    )
    expect(late).toMatchObject({
      attempt: 1,
      outcome: { status: 'failed', failure: { code: 'payload_invalid' } },
    })
  })
})

test('a handler that never settles is given up, and undone as unknown once its budget is spent', async () => {
  const { backstep } = memoryEngine()
  const outcomes: string[] = []
  const saga = defineSaga({ name: 'order', version: 1, input: anyInput }).step('pay', {
    action: () => never,
    compensation: ({ outcome }) => void outcomes.push(outcome),
    timeout: '20ms',
    retry: { ...soon, maximumAttempts: 2 },
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({
    status: 'compensated',
    failure: { kind: 'timeout', code: 'timeout', step: 'pay' },
  })
  expect(outcomes).toEqual(['unknown'])
})

test('the total time of a step ends its attempts, whatever its budget of attempts', async () => {
  const { backstep } = memoryEngine()
  let attempts = 0
  const saga = defineSaga({ name: 'order', version: 1, input: anyInput }).step('pay', {
    action: () => {
      attempts += 1
      throw new Error('no')
    },
    compensation: () => {},
    totalTimeout: '100ms',
    retry: { initialInterval: '30ms', backoffCoefficient: 1, jitter: 'none', maximumAttempts: 100 },
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'compensated' })
  expect(attempts).toBeGreaterThan(1)
  expect(attempts).toBeLessThan(5)
})

test('a handler cannot change the input or the results that later steps see', async () => {
  const { backstep } = memoryEngine()
  const seen: unknown[] = []
  const draft = defineSaga({ name: 'order', version: 1, input: anyInput })
    .step('one', { action: () => ({ items: [1] }), compensation: () => {} })
    .step('two', {
      action: ({ input, results }) => {
        Object.assign(input, { slipped: true })
        results.one.items.push(2)
      },
      compensation: () => {},
    })
    .step('three', {
      action: ({ input, results }) => void seen.push(input, results.one),
      compensation: () => {},
    })
  await work(backstep, [draft])
  const handle = await backstep.start(draft, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
  expect(seen).toEqual([{}, { items: [1] }])
})
