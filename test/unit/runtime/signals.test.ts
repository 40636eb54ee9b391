import { expect, test } from 'vitest'
import { z } from 'zod'
import { ClockedEngine, settled } from './clocked-engine.ts'
import { anyInput, audit, defineSaga } from './memory-engine.ts'

const schema = z.object({ by: z.string().toUpperCase() })
const eager = { eagerFirstTurn: true }
const hourMs = 3_600_000

const waiting = () =>
  defineSaga({ name: 'loan', version: 1, input: anyInput })
    .step('check', { action: () => 'checked', compensation: () => {} })
    .waitFor('approval', { schema, timeout: '1h' })
    .step('pay', { action: ({ results }) => results.approval.by, compensation: () => {} })
    .output(({ results }) => results.pay)

test('a signal ends the wait at once, without a sweep', async () => {
  const engine = new ClockedEngine()
  const process = engine.process()
  const saga = waiting()
  await process.work([saga], eager)
  const { sagaId, result } = await process.backstep.start(saga, { input: {} })
  await settled()
  const sent = await process.backstep.signal(sagaId, { name: 'approval', payload: { by: 'ada' } })
  expect(sent).toEqual({ status: 'received' })
  await engine.until(sagaId, 'completed')
  await expect(result()).resolves.toMatchObject({ output: 'ADA' })
})

test('a signal that comes before anyone waits is kept, and one that comes again counts once', async () => {
  const engine = new ClockedEngine()
  const client = engine.process().backstep
  const saga = waiting()
  const { sagaId } = await client.start(saga, { input: {} })
  const signal = { name: 'approval', payload: { by: 'ada' }, id: 'mail-7', actor: 'mail' }
  await client.signal(sagaId, signal)
  expect(await client.signal(sagaId, signal)).toEqual({ status: 'received' })
  expect(await engine.rows(sagaId)).toEqual([['saga_started'], ['signal_received']])
  await engine.process().work([saga])
  await engine.clock.advance(5_000)
  await engine.until(sagaId, 'completed')
  expect((await engine.rows(sagaId)).flat()).toEqual([
    'saga_started',
    'signal_received',
    'action_succeeded',
    'signal_taken',
    'action_succeeded',
    'saga_completed',
  ])
})

test('a signal that was in time was in time for whoever sends it again after the end', async () => {
  const engine = new ClockedEngine()
  const process = engine.process()
  const saga = waiting()
  await process.work([saga], eager)
  const { sagaId } = await process.backstep.start(saga, { input: {} })
  const signal = { name: 'approval', payload: { by: 'ada' }, id: 'mail-7' }
  await process.backstep.signal(sagaId, signal)
  await engine.clock.advance(5_000)
  await engine.until(sagaId, 'completed')
  expect(await process.backstep.signal(sagaId, signal)).toEqual({ status: 'received' })
  const other = { ...signal, id: 'mail-8' }
  expect(await process.backstep.signal(sagaId, other)).toEqual({ status: 'late' })
  expect(await process.backstep.signal(sagaId, other)).toEqual({ status: 'late' })
})

test('a signal that the schema refuses is told, and waited on; where the code is at hand it is not sent', async () => {
  const engine = new ClockedEngine()
  const process = engine.process()
  const elsewhere = engine.process().backstep
  const saga = waiting()
  await process.work([saga], eager)
  const { sagaId } = await process.backstep.start(saga, { input: {} })
  await settled()
  const bad = { name: 'approval', payload: { by: 7 } }
  await expect(process.backstep.signal(sagaId, bad)).rejects.toMatchObject({
    code: 'SIGNAL_INVALID',
  })
  await elsewhere.signal(sagaId, bad)
  await engine.clock.advance(5_000)
  const { journal } = await elsewhere.describe(sagaId)
  expect(journal.at(-1)?.events).toMatchObject([
    { type: 'signal_refused', wait: 'approval', problem: expect.stringContaining('by: ') },
  ])
  await elsewhere.signal(sagaId, { name: 'approval', payload: { by: 'bob' } })
  await engine.clock.advance(5_000)
  await engine.until(sagaId, 'completed')
})

test('a saga that waited in vain turns back, and a signal that comes later is in its journal', async () => {
  const engine = new ClockedEngine()
  const process = engine.process()
  const saga = waiting()
  await process.work([saga], eager)
  const { sagaId } = await process.backstep.start(saga, { input: {} })
  await settled()
  await engine.clock.advance(hourMs + 5_000)
  await engine.until(sagaId, 'compensated')
  expect(await process.backstep.get(sagaId)).toMatchObject({
    failure: { kind: 'timeout', code: 'wait_timeout', step: 'approval' },
  })
  const late = await process.backstep.signal(sagaId, { name: 'approval', payload: { by: 'ada' } })
  expect(late).toEqual({ status: 'late' })
  expect((await engine.rows(sagaId)).at(-1)).toEqual(['signal_received'])
})

test('a saga that waits is woken by a cancel', async () => {
  const engine = new ClockedEngine()
  const process = engine.process()
  const saga = waiting()
  await process.work([saga], eager)
  const { sagaId } = await process.backstep.start(saga, { input: {} })
  await settled()
  await process.backstep.cancel(sagaId, audit)
  await engine.until(sagaId, 'compensated')
  expect(await process.backstep.get(sagaId)).toMatchObject({ failure: { kind: 'canceled' } })
})

test('a signal that nobody waits for, or to nobody, is refused', async () => {
  const { backstep } = new ClockedEngine().process()
  const saga = waiting()
  const { sagaId } = await backstep.start(saga, { input: {} })
  await expect(backstep.signal(sagaId, { name: 'aproval', payload: 1 })).rejects.toMatchObject({
    code: 'SIGNAL_UNKNOWN',
    message: expect.stringContaining('there is "approval"'),
  })
  const nobody = '018f4d3a-0000-7000-8000-00000000abcd'
  await expect(backstep.signal(nobody, { name: 'approval', payload: 1 })).rejects.toMatchObject({
    code: 'SAGA_NOT_FOUND',
  })
  const nothing = { name: 'approval', payload: 1n }
  await expect(backstep.signal(sagaId, nothing)).rejects.toMatchObject({ code: 'PAYLOAD_INVALID' })
})
