import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { ManualClock, type MemoryStore } from '../../../packages/engine/src/memory/index.ts'
import type { SagaRow } from '../../../packages/engine/src/ports/saga-queries.ts'
import { ResultWaiters } from '../../../packages/engine/src/runtime/result-waiters.ts'
import { silentLogger } from '../../../packages/engine/src/runtime/silent-logger.ts'
import { gate } from './gate.ts'
import { away, interceptedStore, type Interceptor } from './intercepted-store.ts'
import { anyInput, defineSaga, memoryEngine, work } from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput }).step('pay', {
  action: () => 1,
  compensation: () => {},
})

/** Waiters on a clock that stands still, beside an engine that is at work; it counts what Postgres is asked. */
function standingStill(intercept: Interceptor = ({ pass }) => pass()) {
  const { store, backstep } = memoryEngine()
  const clock = new ManualClock()
  const asked: number[] = []
  const queries: MemoryStore = interceptedStore(store, (call) => {
    const [ids] = call.args
    if (call.method === 'findEnded') asked.push(Array.isArray(ids) ? ids.length : 0)
    return intercept(call)
  })
  const atWork = new Set<string>()
  const isAtWork = (sagaId: string): boolean => atWork.has(sagaId)
  const waiters = new ResultWaiters({ queries, clock, logger: silentLogger, isAtWork })
  return { backstep, clock, waiters, asked, atWork }
}

/** What a promise came to, if it has. */
function watched(promise: Promise<SagaRow>): () => string | undefined {
  let seen: string | undefined
  promise.then(
    ({ status }) => (seen = status),
    (error: unknown) => (seen = String(error)),
  )
  return () => seen
}

test('a result is delivered by the worker of this process, without a poll', async () => {
  const { backstep, waiters } = standingStill()
  const handle = await backstep.start(order, { input: {} })
  const seen = watched(waiters.wait(handle.sagaId, null))
  await work(backstep, [order])
  await handle.result({ timeout: '3s' })
  expect(seen()).toBeUndefined()
  waiters.deliver(await backstep.get(handle.sagaId))
  await eventually(() => expect(seen()).toBe('completed'))
})

test('a result that is delivered while Postgres is being asked does not wait for the answer', async () => {
  const [asked, answer] = [gate(), gate()]
  let looks = 0
  const { backstep, waiters } = standingStill(async ({ method, pass }) => {
    const result = await pass()
    if (method === 'findEnded') {
      looks += 1
      asked.open()
      await answer.passed
    }
    return result
  })
  const handle = await backstep.start(order, { input: {} })
  const seen = watched(waiters.wait(handle.sagaId, null))
  await asked.passed
  await work(backstep, [order])
  await handle.result({ timeout: '3s' })
  waiters.deliver(await backstep.get(handle.sagaId))
  await eventually(() => expect(seen()).toBe('completed'))
  answer.open()
  expect(looks).toBe(1)
})

test('many waiters are one query, and each saga is asked about ever more seldom', async () => {
  const { backstep, clock, waiters, asked } = standingStill()
  const handles = await Promise.all(
    Array.from({ length: 50 }, () => backstep.start(order, { input: {} })),
  )
  const waiting = handles.flatMap(({ sagaId }) => [
    waiters.wait(sagaId, null),
    waiters.wait(sagaId, null),
  ])
  await eventually(() => expect(clock.sleeping).toBe(1))
  // All but the first came in the same moment, and were not there yet when it was asked about.
  for (let tick = 0; tick < 40; tick += 1) await clock.advance(25)
  expect(asked.slice(0, 2)).toEqual([1, 49])
  expect(asked.every((sagas) => sagas > 0)).toBe(true)
  const perSaga = asked.reduce((sum, sagas) => sum + sagas, 0) / 50
  expect(perSaga).toBeGreaterThan(5)
  expect(perSaga).toBeLessThan(9)
  await work(backstep, [order])
  await Promise.all(handles.map((handle) => handle.result({ timeout: '4s' })))
  for (let tick = 0; tick < 20; tick += 1) await clock.advance(25)
  const rows = await Promise.all(waiting)
  expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['completed']))
})

test('a saga that a worker of this process is at is not asked about', async () => {
  const { backstep, clock, waiters, asked, atWork } = standingStill()
  const { sagaId } = await backstep.start(order, { input: {} })
  atWork.add(sagaId)
  const seen = watched(waiters.wait(sagaId, null))
  for (let tick = 0; tick < 40; tick += 1) await clock.advance(25)
  expect(asked).toEqual([])
  // The turn has ended, and the saga has not: whoever goes on with it may be anywhere.
  atWork.delete(sagaId)
  await clock.advance(25)
  expect(asked).toEqual([1])
  waiters.deliver(await backstep.get(sagaId))
  await eventually(() => expect(seen()).toBe('running'))
})

test('a result is waited for no longer than was said', async () => {
  const { backstep, clock, waiters } = standingStill()
  const handle = await backstep.start(order, { input: {} })
  const seen = watched(waiters.wait(handle.sagaId, 1_000))
  await clock.advance(999)
  expect(seen()).toBeUndefined()
  await clock.advance(1)
  await eventually(() => expect(seen()).toContain('had not ended after 1000 ms'))
})

test('when nobody waits any more nothing is asked, and no timer stays', async () => {
  const { backstep, clock, waiters, asked } = standingStill()
  const handle = await backstep.start(order, { input: {} })
  const seen = watched(waiters.wait(handle.sagaId, 250))
  await clock.advance(250)
  await eventually(() => expect(seen()).toBeDefined())
  await clock.advance(100)
  const before = asked.length
  await clock.advance(1_000)
  expect(asked).toHaveLength(before)
  expect(clock.sleeping).toBe(0)
})

test('a query that fails is made again', async () => {
  let failures = 0
  const { backstep, clock, waiters } = standingStill(async ({ method, pass }) => {
    if (method !== 'findEnded' || failures === 2) return pass()
    failures += 1
    throw away()
  })
  const handle = await backstep.start(order, { input: {} })
  await work(backstep, [order])
  await handle.result({ timeout: '3s' })
  const seen = watched(waiters.wait(handle.sagaId, null))
  await eventually(async () => {
    await clock.advance(25)
    expect(seen()).toBe('completed')
  })
  expect(failures).toBe(2)
})

test('who waits is turned away when the client is closed, and so is who comes later', async () => {
  const { backstep, clock, waiters } = standingStill()
  const handle = await backstep.start(order, { input: {} })
  const waiting = [waiters.wait(handle.sagaId, null), waiters.wait(handle.sagaId, 60_000)]
  const refused = waiting.map((promise) =>
    expect(promise).rejects.toMatchObject({ code: 'WORKER_STOPPED' }),
  )
  await waiters.close()
  await Promise.all(refused)
  await expect(waiters.wait(handle.sagaId, null)).rejects.toMatchObject({ code: 'WORKER_STOPPED' })
  await eventually(() => expect(clock.sleeping).toBe(0))
})

test('the result of a saga that has ended is there at once, also after the client was closed', async () => {
  const { backstep } = memoryEngine()
  const worker = await work(backstep, [order])
  const handle = await backstep.start(order, { input: {} })
  await handle.result({ timeout: '3s' })
  await worker.stop()
  await backstep.close()
  await expect(handle.result()).resolves.toMatchObject({ status: 'completed', output: null })
})

test('the result of no saga is an error', async () => {
  const { backstep } = memoryEngine()
  const nobody = '01890000-0000-7000-8000-000000000000'
  await expect(backstep.result(nobody)).rejects.toMatchObject({ code: 'SAGA_NOT_FOUND' })
  await expect(backstep.result('42')).rejects.toMatchObject({ code: 'ID_INVALID' })
})
