import { expect, test } from 'vitest'
import { z } from 'zod'

import { reject } from '../../../packages/engine/src/definition/rejection.ts'
import type { MemoryStore } from '../../../packages/engine/src/memory/index.ts'
import { gate } from './gate.ts'
import { away, interceptedStore } from './intercepted-store.ts'
import {
  anyInput,
  audit,
  defineSaga,
  engineOn,
  eventOf,
  memoryEngine,
  soon,
  stuckRow,
  typesOf,
  work,
} from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput, defaults: { retry: soon } })
const harmless = { compensation: 'none', reason: 'a test' } as const

/** What was committed, as texts. */
function committed(store: MemoryStore): readonly string[] {
  return store.statements.map(({ text }) => text)
}

test('what the attempts before a success did is gone', async () => {
  const { backstep, store } = memoryEngine()
  const saga = order.step('pay', {
    transactional: true,
    action: async ({ transaction, attempt }) => {
      await transaction.query(`attempt ${attempt}`)
      if (attempt < 3) throw new Error('not yet')
      return attempt
    },
    ...harmless,
  })
  await work(backstep, [saga])
  const { sagaId, result } = await backstep.start(saga, { input: {} })
  await expect(result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
  expect(committed(store)).toEqual(['attempt 3'])
  expect(await typesOf(backstep, sagaId)).toEqual([
    'saga_started',
    'action_failed',
    'action_failed',
    'action_succeeded',
    'saga_completed',
  ])
})

test('a step that has used up its attempts, or is rejected, is not undone', async () => {
  const { backstep, store } = memoryEngine()
  const undone: string[] = []
  const failing = (name: string, error: Error) =>
    defineSaga({ name, version: 1, input: anyInput })
      .step('before', { action: () => 1, compensation: () => void undone.push('before') })
      .step('pay', {
        transactional: true,
        retry: { ...soon, maximumAttempts: 2 },
        action: async ({ transaction }) => {
          await transaction.query('pay')
          throw error
        },
        compensation: () => void undone.push('pay'),
      })
  const [broken, refused] = [
    failing('broken', new Error('It is broken.')),
    failing('refused', reject('no', 'No.')),
  ]
  await work(backstep, [broken, refused])
  for (const saga of [broken, refused]) {
    const { result } = await backstep.start(saga, { input: {} })
    await expect(result({ timeout: '3s' })).resolves.toMatchObject({ status: 'compensated' })
  }
  expect(undone).toEqual(['before', 'before'])
  expect(committed(store)).toEqual([])
})

test('a result that cannot be kept is rolled back before the saga is stuck', async () => {
  const { backstep, store } = memoryEngine()
  const saga = order.step('pay', {
    transactional: true,
    output: z.object({ paid: z.boolean() }),
    action: async ({ transaction }): Promise<unknown> => {
      await transaction.query('pay')
      return { paid: 'perhaps' }
    },
    ...harmless,
  })
  await work(backstep, [saga])
  const { sagaId } = await backstep.start(saga, { input: {} })
  await expect(stuckRow(backstep, sagaId)).resolves.toMatchObject({ stuckCode: 'payload_invalid' })
  expect(committed(store)).toEqual([])
})

test('a handler that goes on beyond its time has no effect, and its success is never heard of', async () => {
  const { backstep, store } = memoryEngine()
  const first = gate()
  const late = gate()
  const complaints: string[] = []
  const saga = order.step('pay', {
    transactional: true,
    timeout: '20ms',
    action: async ({ transaction, attempt }) => {
      await transaction.query(`attempt ${attempt}`)
      if (attempt === 2) return attempt
      await first.passed
      await transaction.query('too late').catch((error: unknown) => complaints.push(String(error)))
      late.open()
      return attempt
    },
    ...harmless,
  })
  await work(backstep, [saga])
  const { sagaId, result } = await backstep.start(saga, { input: {} })
  await expect(result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
  first.open()
  await late.passed
  expect(complaints).toEqual([expect.stringContaining('The handler has ended')])
  expect(committed(store)).toEqual(['attempt 2'])
  expect(await typesOf(backstep, sagaId)).not.toContain('late_result')
})

test('a compensation may be transactional, too', async () => {
  const { backstep, store } = memoryEngine()
  const saga = order
    .step('pay', {
      action: () => 7,
      compensation: async ({ transaction, attempt, output }) => {
        await transaction.query(`undo ${String(output)}, attempt ${attempt}`)
        if (attempt === 1) throw new Error('not yet')
      },
      compensationOptions: { transactional: true, retry: soon },
    })
    .pivot('decide', {
      action: () => {
        throw reject('no', 'No.')
      },
    })
  await work(backstep, [saga])
  const { result } = await backstep.start(saga, { input: {} })
  await expect(result({ timeout: '3s' })).resolves.toMatchObject({ status: 'compensated' })
  expect(committed(store)).toEqual(['undo 7, attempt 2'])
})

test('a cancel that comes first costs no work: it is committed, and then undone', async () => {
  const { backstep, store } = memoryEngine()
  const [started, finish] = [gate(), gate()]
  const saga = order.step('pay', {
    transactional: true,
    action: async ({ transaction }) => {
      started.open()
      await finish.passed
      await transaction.query('pay')
    },
    compensation: async ({ transaction, outcome }) => void (await transaction.query(outcome)),
    compensationOptions: { transactional: true },
  })
  await work(backstep, [saga])
  const { sagaId, result } = await backstep.start(saga, { input: {} })
  await started.passed
  await backstep.cancel(sagaId, audit)
  finish.open()
  await expect(result({ timeout: '3s' })).resolves.toMatchObject({ status: 'compensated' })
  expect(committed(store)).toEqual(['pay', 'succeeded'])
})

test('a lease that was lost meanwhile takes everything back', async () => {
  const { backstep, store } = memoryEngine()
  const [started, finish] = [gate(), gate()]
  const saga = order.step('pay', {
    transactional: true,
    action: async ({ transaction, attempt }) => {
      await transaction.query(`attempt ${attempt}`)
      if (attempt === 1) {
        started.open()
        await finish.passed
      }
    },
    ...harmless,
  })
  // The first worker's heartbeats do not get through, and its handler takes its time to stop.
  const deaf = interceptedStore(store, ({ method, pass }) =>
    method === 'heartbeat' ? Promise.reject(away()) : pass(),
  )
  await work(engineOn(deaf).backstep, [saga], { abortGrace: '4s', shutdownGrace: '10s' })
  const { sagaId, result } = await backstep.start(saga, { input: {} })
  await started.passed
  await work(backstep, [saga])
  await eventOf(backstep, sagaId, 'lease_lost')
  finish.open()
  await expect(result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
  expect(committed(store)).toEqual(['attempt 2'])
  const late = await eventOf(backstep, sagaId, 'late_result')
  expect(late).toMatchObject({ attempt: 1, outcome: { status: 'failed' } })
})
