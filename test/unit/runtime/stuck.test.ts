import { expect, test } from 'vitest'
import { reject } from '../../../packages/engine/src/definition/rejection.ts'
import {
  anyInput,
  audit,
  defineSaga,
  engineOn,
  eventsOf,
  memoryEngine,
  soon,
  stuckRow,
  work,
} from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput })

test('a compensation that spends its budget gets stuck, and a retry by an operator undoes it under the same key', async () => {
  const { backstep } = memoryEngine()
  const keys: string[] = []
  const attempts: number[] = []
  let mended = false
  const saga = order
    .step('reserve', {
      action: () => 1,
      compensation: ({ attempt, idempotencyKey }) => {
        attempts.push(attempt)
        keys.push(idempotencyKey)
        if (!mended) throw new Error('stock is away')
      },
      compensationOptions: { retry: { ...soon, maximumAttempts: 2 } },
    })
    .pivot('charge', {
      action: () => {
        throw reject('declined', 'No.')
      },
    })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  const row = await stuckRow(backstep, handle.sagaId)
  expect(row).toMatchObject({
    stuckCode: 'compensation_exhausted',
    stuckStep: 'reserve',
    failure: { code: 'declined' },
  })
  await expect(backstep.cancel(handle.sagaId, audit)).resolves.toMatchObject({ status: 'refused' })
  mended = true
  await expect(backstep.retry(handle.sagaId, audit)).resolves.toEqual({ status: 'applied' })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({
    status: 'compensated',
    failure: { code: 'declined', step: 'charge' },
  })
  expect(attempts).toEqual([1, 2, 3])
  expect(new Set(keys)).toEqual(new Set([`${handle.sagaId}/main/reserve/compensation/1`]))
})

test('a step after the pivot that spends a bounded budget gets stuck, and a retry completes it', async () => {
  const { backstep } = memoryEngine()
  let mended = false
  const saga = order.pivot('charge', { action: () => 1 }).step('ship', {
    action: () => {
      if (!mended) throw new Error('no truck')
    },
    retry: { ...soon, maximumAttempts: 2 },
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(stuckRow(backstep, handle.sagaId)).resolves.toMatchObject({
    stuckCode: 'retriable_step_exhausted',
    stuckStep: 'ship',
    failure: { message: 'no truck', step: 'ship' },
  })
  mended = true
  await backstep.retry(handle.sagaId, audit)
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
})

test('a pivot whose outcome nobody knows gets stuck, and neither goes back nor is guessed', async () => {
  const { backstep } = memoryEngine()
  const saga = order.step('reserve', { action: () => 1, compensation: () => {} }).pivot('charge', {
    action: () => {
      throw new Error('connection reset')
    },
    retry: { ...soon, maximumAttempts: 2 },
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(stuckRow(backstep, handle.sagaId)).resolves.toMatchObject({
    stuckCode: 'pivot_outcome_unknown',
  })
  await expect(backstep.cancel(handle.sagaId, audit)).resolves.toMatchObject({ status: 'refused' })
})

test('a saga whose definition no worker has gets stuck, until one that has it comes and it is retried', async () => {
  const { store, backstep, engine } = memoryEngine()
  const saga = order.step('pay', { action: () => 'paid', compensation: () => {} })
  const other = defineSaga({ name: 'other', version: 1, input: anyInput }).step('do', {
    action: () => 1,
    compensation: () => {},
  })
  const ignorant = engineOn(store, { queue: engine.queue })
  const stranger = await work(ignorant.backstep, [other])
  const handle = await backstep.start(saga, { input: {} })
  await expect(stuckRow(backstep, handle.sagaId)).resolves.toMatchObject({
    stuckCode: 'definition_missing',
    stuckStep: 'pay',
  })
  await stranger.stop()
  await work(backstep, [saga])
  await expect(backstep.retry(handle.sagaId, audit)).resolves.toEqual({ status: 'applied' })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
  const failed = (await eventsOf(backstep, handle.sagaId)).filter(
    ({ type }) => type === 'action_failed',
  )
  expect(failed).toEqual([])
})

test('only a stuck saga is retried, and a retry that is asked twice is applied once', async () => {
  const { backstep } = memoryEngine()
  const saga = order.pivot('charge', {
    action: () => {
      throw new Error('no')
    },
    retry: { ...soon, maximumAttempts: 1 },
  })
  const handle = await backstep.start(saga, { input: {} })
  await expect(backstep.retry(handle.sagaId, audit)).resolves.toMatchObject({
    status: 'refused',
    reason: expect.stringContaining('running'),
  })
  const worker = await work(backstep, [saga])
  await stuckRow(backstep, handle.sagaId)
  await worker.stop()
  const answers = await Promise.all([
    backstep.retry(handle.sagaId, audit),
    backstep.retry(handle.sagaId, audit),
  ])
  expect(answers.map(({ status }) => status).toSorted()).toEqual(['applied', 'refused'])
})
