import { expect, test } from 'vitest'
import { z } from 'zod'
import { ClockedEngine } from './clocked-engine.ts'
import { away, interceptedStore } from './intercepted-store.ts'
import { defineSaga, engineOn, memoryEngine, work } from './memory-engine.ts'

const order = defineSaga({
  name: 'order',
  version: 1,
  input: z.object({ amount: z.number(), note: z.string().optional() }),
}).step('pay', { action: () => 1, compensation: () => {} })

test('the same key and the same input are the same saga, whatever the order of the fields', async () => {
  const { backstep } = memoryEngine()
  const first = await backstep.start(order, { key: 'k', input: { amount: 1, note: 'x' } })
  const again = await backstep.start(order, { key: 'k', input: { note: 'x', amount: 1 } })
  expect(again.sagaId).toBe(first.sagaId)
  expect(await backstep.list()).toHaveLength(1)
})

test('the same key with another input is a conflict that names the saga', async () => {
  const { backstep } = memoryEngine()
  const first = await backstep.start(order, { key: 'k', input: { amount: 1 } })
  await expect(backstep.start(order, { key: 'k', input: { amount: 2 } })).rejects.toMatchObject({
    code: 'KEY_CONFLICT',
    message: expect.stringContaining(first.sagaId),
  })
})

test('of many starts under one key at the same time there is one saga, and it runs once', async () => {
  const { backstep } = memoryEngine()
  let runs = 0
  const saga = defineSaga({ name: 'once', version: 1, input: z.object({}) }).step('pay', {
    action: () => void (runs += 1),
    compensation: () => {},
  })
  await work(backstep, [saga])
  const handles = await Promise.all(
    Array.from({ length: 20 }, () => backstep.start(saga, { key: 'k', input: {} })),
  )
  await Promise.all(handles.map((handle) => handle.result({ timeout: '3s' })))
  expect(new Set(handles.map(({ sagaId }) => sagaId)).size).toBe(1)
  expect(runs).toBe(1)
})

test.each([
  ['a NUL', 'a\0b'],
  ['half of a surrogate pair', 'a\ud800'],
  ['nothing', ''],
  ['only blanks', '  '],
  ['more than 255 bytes', 'é'.repeat(128)],
])('a key of %s is refused before anything is written', async (_, key) => {
  const { backstep } = memoryEngine()
  await expect(backstep.start(order, { key, input: { amount: 1 } })).rejects.toMatchObject({
    code: 'ID_INVALID',
  })
  expect(await backstep.list()).toEqual([])
  expect(await backstep.definitions()).toEqual([])
})

test('an input that breaks the schema, or cannot be stored, is refused before anything is written', async () => {
  const { backstep } = memoryEngine()
  const wrong: { amount: number } = JSON.parse('{"amount":"five"}')
  await expect(backstep.start(order, { input: wrong })).rejects.toMatchObject({
    code: 'INPUT_INVALID',
  })
  const nul = { amount: 1, note: 'a\0b' }
  await expect(backstep.start(order, { input: nul })).rejects.toMatchObject({
    code: 'PAYLOAD_INVALID',
  })
  expect(await backstep.list()).toEqual([])
})

test('a memory store refuses a transaction, and says what to do', async () => {
  const { backstep } = memoryEngine()
  await expect(
    backstep.start(order, { input: { amount: 1 }, transaction: {} }),
  ).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' })
  expect(await backstep.list()).toEqual([])
})

test('a changed definition under the same version is refused, and the worker takes nothing', async () => {
  const { backstep, store } = memoryEngine()
  await backstep.start(order, { input: { amount: 1 } })
  const changed = defineSaga({ name: 'order', version: 1, input: z.object({}) }).step('charge', {
    action: () => 1,
    compensation: () => {},
  })
  const other = engineOn(store)
  await expect(work(other.backstep, [changed])).rejects.toMatchObject({
    code: 'DEFINITION_CHANGED',
  })
})

test('a registration that failed is made again with the next start', async () => {
  const { store } = memoryEngine()
  let failed = false
  const { backstep } = engineOn(
    interceptedStore(store, async ({ method, pass }) => {
      if (method !== 'register' || failed) return pass()
      failed = true
      throw away()
    }),
  )
  await expect(backstep.start(order, { input: { amount: 1 } })).rejects.toMatchObject({
    code: 'DATABASE_UNAVAILABLE',
  })
  await expect(backstep.start(order, { input: { amount: 1 } })).resolves.toBeDefined()
})

test('only the start that has made a saga sends its hint', async () => {
  const process = new ClockedEngine().process()
  const options = { key: 'k', input: { amount: 1 } }
  const { sagaId } = await process.backstep.start(order, options)
  for (let again = 0; again < 3; again += 1) await process.backstep.start(order, options)
  expect(process.hints).toMatchObject([{ sagaId }])
})

test('a saga whose hint is lost is left to the queue for two seconds, and then found by a sweep', async () => {
  const scene = new ClockedEngine()
  // Their queues are two: no hint gets from the one to the other.
  const [starter, worker] = [scene.process(), scene.process()]
  await worker.work([order], { sweep: '10ms' })
  const { sagaId } = await starter.backstep.start(order, { input: { amount: 1 } })
  expect(starter.hints).toHaveLength(1)
  await scene.clock.advance(1_990)
  expect(await scene.rows(sagaId)).toEqual([['saga_started']])
  expect(await scene.deliveries(sagaId)).toBe(0)
  await scene.clock.advance(30)
  await scene.until(sagaId, 'completed')
})

test('a saga of the caller’s transaction has no hint on its way, and the next sweep finds it', async () => {
  const scene = new ClockedEngine()
  const starter = scene.process(async ({ method, pass }) =>
    // As a store that joins it, and a commit right after.
    method === 'start' ? scene.store.start(starter.starts) : pass(),
  )
  const worker = scene.process()
  await worker.work([order], { sweep: '10ms' })
  const options = { input: { amount: 1 }, transaction: {} }
  const { sagaId } = await starter.backstep.start(order, options)
  expect(starter.hints).toEqual([])
  await scene.clock.advance(30)
  await scene.until(sagaId, 'completed')
})
