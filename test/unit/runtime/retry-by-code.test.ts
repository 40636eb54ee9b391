import { expect, test } from 'vitest'
import { reject } from '../../../packages/engine/src/definition/rejection.ts'
import { retryAfter } from '../../../packages/engine/src/definition/retry-after.ts'
import {
  anyInput,
  audit,
  defineSaga,
  eventsOf,
  memoryEngine,
  soon,
  stuckRow,
  work,
} from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput })
const coded = (code: string, cause?: unknown): Error =>
  Object.assign(new Error(`It was ${code}.`, { cause }), { code })

test('each code has its own budget, and the codes of causes count', async () => {
  const { backstep } = memoryEngine()
  const errors = [
    coded('busy'),
    new TypeError('fetch failed', { cause: coded('busy') }),
    retryAfter('1ms', coded('busy')),
    new Error('another'),
  ]
  const saga = order.step('pay', {
    action: ({ attempt }) => {
      throw errors[attempt - 1] ?? new Error('last')
    },
    compensation: () => {},
    retry: { ...soon, maximumAttempts: 2, byCode: { busy: { maximumAttempts: 4 } } },
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({
    status: 'compensated',
    failure: { kind: 'error', code: 'error', message: 'last' },
  })
  const { state } = await backstep.describe(handle.sagaId)
  expect(state.steps['pay']?.action.attempts).toMatchObject({ ended: 5, byCode: { busy: 3 } })
})

test('a code that stops ends the attempts at once, and the outcome is unknown', async () => {
  const { backstep } = memoryEngine()
  const outcomes: string[] = []
  const saga = order.step('pay', {
    action: () => {
      throw coded('invalid_request')
    },
    compensation: ({ outcome }) => void outcomes.push(outcome),
    retry: { ...soon, byCode: { invalid_request: 'stop' } },
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({
    status: 'compensated',
    failure: { kind: 'error', code: 'invalid_request' },
  })
  expect(outcomes).toEqual(['unknown'])
})

test('a compensation that asks to be called later is, no sooner than it said', async () => {
  const { backstep } = memoryEngine()
  const times: number[] = []
  const saga = order
    .step('reserve', {
      action: () => 1,
      compensation: ({ attempt }) => {
        times.push(Date.now())
        if (attempt === 1) throw retryAfter(new Date(Date.now() + 300))
      },
      compensationOptions: { retry: soon },
    })
    .step('pay', {
      action: () => {
        throw reject('declined', 'No.', { limit: 5, note: 'a\0b' })
      },
      compensation: 'none',
      reason: 'a test',
    })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  const details = { limit: 5, note: 'a\uFFFDb' }
  await expect(handle.result({ timeout: '5s' })).resolves.toMatchObject({
    status: 'compensated',
    failure: { code: 'declined', details },
  })
  const events = await eventsOf(backstep, handle.sagaId)
  const failed = events.find(({ type }) => type === 'compensation_failed')
  expect(failed).toMatchObject({ failure: { code: 'retry_after' } })
  const [first = 0, second = 0] = times
  // Rounded to a millisecond on the way there and back.
  expect(second - first).toBeGreaterThanOrEqual(298)
  const rejected = events.find(({ type }) => type === 'action_rejected')
  expect(rejected).toMatchObject({ failure: { details } })
  expect(await backstep.get(handle.sagaId)).toMatchObject({ failure: { details } })
})

test('a rejection behind the pivot that will not change stops there, until an operator has mended it', async () => {
  const { backstep } = memoryEngine()
  let mended = false
  const saga = order.pivot('pay', { action: () => 1 }).step('ship', {
    action: () => {
      if (!mended) throw reject('no_such_address', 'Nobody lives there.')
    },
    retry: { byCode: { no_such_address: 'stop' } },
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(stuckRow(backstep, handle.sagaId)).resolves.toMatchObject({
    stuckCode: 'retriable_step_exhausted',
    failure: { code: 'no_such_address' },
  })
  mended = true
  expect(await backstep.retry(handle.sagaId, audit)).toEqual({ status: 'applied' })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
})

const haunted = Object.defineProperty(new Error('haunted'), 'wait', {
  get: () => {
    throw new Error('boo')
  },
})

test('an error that pretends to say how long to wait is an error like any other', async () => {
  const { backstep } = memoryEngine()
  const saga = order.step('pay', {
    action: ({ attempt }) => {
      if (attempt === 1) throw Object.assign(haunted, { '~backstepRetryAfter': true })
      return attempt
    },
    compensation: () => {},
    retry: soon,
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
})
