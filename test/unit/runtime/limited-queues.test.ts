import { setTimeout as sleep } from 'node:timers/promises'

import { expect, test } from 'vitest'

import type { RegisteredSaga } from '../../../packages/engine/src/definition/saga-definition.ts'
import { MemoryStore, MemoryTaskQueue } from '../../../packages/engine/src/memory/index.ts'
import { Backstep } from '../../../packages/engine/src/runtime/backstep.ts'
import type { QueuesOptions } from '../../../packages/engine/src/runtime/queue-options.ts'
import type { ClaimsRefused } from '../../../packages/engine/src/runtime/worker-observer.ts'
import { eventually } from '../../support/eventually.ts'
import { anyInput, audit, defineSaga, engineOn, eventsOf, work } from './memory-engine.ts'

interface Ledger {
  atOnce: number
  most: number
  readonly startedMs: number[]
  readonly order: string[]
}

const newLedger = (): Ledger => ({ atOnce: 0, most: 0, startedMs: [], order: [] })

/** A saga of a few steps on one queue, each of which writes down that it is at work. */
function countedSaga(ledger: Ledger, stepMs: number, queue = 'payments') {
  const step = async ({ sagaId }: { readonly sagaId: string }): Promise<void> => {
    ledger.atOnce += 1
    ledger.most = Math.max(ledger.most, ledger.atOnce)
    ledger.startedMs.push(performance.now())
    ledger.order.push(sagaId)
    await sleep(stepMs)
    ledger.atOnce -= 1
  }
  const none = { compensation: 'none', reason: 'a test', queue } as const
  return defineSaga({ name: `counted-${queue}`, version: 1, input: anyInput })
    .step('one', { action: step, ...none })
    .step('two', { action: step, ...none })
    .step('three', { action: step, ...none })
}

/** A client whose code says this of queues, on a store that others may have as well. */
function clientOf(store: MemoryStore, queues: QueuesOptions): Backstep {
  const { engine } = engineOn(store, { queue: new MemoryTaskQueue() })
  return new Backstep(engine, async () => {}, queues)
}

const newStore = (): MemoryStore => new MemoryStore({ now: () => Date.now() })

const startMany = (backstep: Backstep, saga: ReturnType<typeof countedSaga>, count: number) =>
  Promise.all(Array.from({ length: count }, () => backstep.start(saga, { input: {} })))

test('never runs more steps at once than the limit, over two processes, and ends them all', async () => {
  const store = newStore()
  const queues = { payments: { maximumConcurrency: 3 } }
  const [one, two] = [clientOf(store, queues), clientOf(store, queues)]
  const ledger = newLedger()
  const saga = countedSaga(ledger, 3)
  await work(one, [saga])
  await work(two, [saga])
  const handles = [...(await startMany(one, saga, 10)), ...(await startMany(two, saga, 10))]
  for (const { result } of handles) {
    expect(await result({ timeout: '10s' })).toMatchObject({ status: 'completed' })
  }
  expect(ledger.most).toBe(3)
  expect(ledger.order).toHaveLength(60)
})

test('keeps one slot busy: the next step begins as soon as one has ended', async () => {
  const backstep = clientOf(newStore(), { payments: { maximumConcurrency: 1 } })
  const ledger = newLedger()
  const saga = countedSaga(ledger, 1)
  await work(backstep, [saga], { sweep: '10s' })
  const handles = await startMany(backstep, saga, 10)
  const beganMs = performance.now()
  for (const { result } of handles) await result({ timeout: '20s' })
  expect(ledger.most).toBe(1)
  expect(performance.now() - beganMs).toBeLessThan(5_000)
})

test('counts each step for itself, in the order of due times', async () => {
  const backstep = clientOf(newStore(), { payments: { maximumConcurrency: 1 } })
  const ledger = newLedger()
  const saga = countedSaga(ledger, 5)
  const [first, second] = await startMany(backstep, saga, 2)
  await work(backstep, [saga])
  await first?.result({ timeout: '5s' })
  await second?.result({ timeout: '5s' })
  const [one, two, ...rest] = ledger.order
  expect(one).not.toBe(two)
  expect(rest).toEqual([one, two, one, two])
})

test('begins no more steps in a time than the rate allows', async () => {
  const backstep = clientOf(newStore(), { payments: { rate: { limit: 4, per: '200ms' } } })
  const ledger = newLedger()
  const saga = countedSaga(ledger, 0)
  const refused: ClaimsRefused[] = []
  await work(backstep, [saga], {
    sweep: '10s',
    observer: { claimsRefused: (event) => void refused.push(event) },
  })
  const handles = await startMany(backstep, saga, 4)
  for (const { result } of handles) await result({ timeout: '10s' })
  const [beganMs = 0, ...laterMs] = ledger.startedMs
  expect(ledger.startedMs).toHaveLength(12)
  for (const [index, atMs] of laterMs.entries()) {
    const allowed = 4 + ((atMs - beganMs + 30) * 4) / 200
    expect(index + 2).toBeLessThanOrEqual(allowed)
  }
  // Eight tokens at 50 ms each; with the sweep alone it would have been ten seconds for each.
  expect((laterMs.at(-1) ?? Infinity) - beganMs).toBeLessThan(3_000)
  expect(refused).toContainEqual({ queue: 'payments', by: 'rate' })
})

test('a refused claim leaves no trace in the journal, and burns no delivery', async () => {
  const store = newStore()
  const backstep = clientOf(store, { payments: { maximumConcurrency: 1 } })
  const ledger = newLedger()
  const saga = countedSaga(ledger, 30)
  await work(backstep, [saga], { sweep: '10ms' })
  const handles = await startMany(backstep, saga, 3)
  for (const { sagaId, result } of handles) {
    await result({ timeout: '5s' })
    const types = (await eventsOf(backstep, sagaId)).map(({ type }) => type)
    const succeeded = 'action_succeeded'
    expect(types).toEqual(['saga_started', succeeded, succeeded, succeeded, 'saga_completed'])
  }
})

test('a limit that an operator sets holds soon, and one that is raised takes effect', async () => {
  const store = newStore()
  const backstep = clientOf(store, {})
  const ledger = newLedger()
  const saga = countedSaga(ledger, 20)
  await work(backstep, [saga])
  await backstep.limitQueue('payments', { maximumConcurrency: 1 }, audit)
  await eventually(async () => expect(backstep.shared.limits.has('payments')).toBe(true))
  const handles = await startMany(backstep, saga, 12)
  await eventually(async () => expect(ledger.order.length).toBeGreaterThan(3))
  expect(ledger.most).toBe(1)
  expect(await backstep.queues()).toMatchObject([
    { queue: 'payments', maximumConcurrency: 1, source: 'operator', held: expect.any(Number) },
  ])
  await backstep.limitQueue('payments', { maximumConcurrency: 4 }, audit)
  await eventually(async () => expect(ledger.most).toBe(4))
  await backstep.limitQueue('payments', 'code', audit)
  for (const { result } of handles) await result({ timeout: '10s' })
})

test('a queue without a limit is not held up by one that has no room', async () => {
  const backstep = clientOf(newStore(), { payments: { maximumConcurrency: 1 } })
  const [slow, quick] = [newLedger(), newLedger()]
  const sagas = [countedSaga(slow, 300), countedSaga(quick, 0, 'orders')]
  const [slowSaga, quickSaga] = sagas
  if (slowSaga === undefined || quickSaga === undefined) throw new Error('Two sagas were made.')
  const registered: readonly RegisteredSaga[] = sagas
  await work(backstep, registered, { concurrency: 4 })
  await startMany(backstep, slowSaga, 10)
  const handles = await startMany(backstep, quickSaga, 10)
  for (const { result } of handles) await result({ timeout: '5s' })
  expect(quick.order).toHaveLength(30)
  expect(slow.order.length).toBeLessThan(30)
})
