import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { BackstepError } from '../../../packages/engine/src/core/backstep-error.ts'
import { ClockedEngine, settled } from './clocked-engine.ts'
import { gate } from './gate.ts'
import { away } from './intercepted-store.ts'
import { anyInput, defineSaga } from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput })
const simple = order.step('pay', { action: () => 1, compensation: () => {} })

test('a saga that is started beside a free worker runs at once, without a hint and without a claim', async () => {
  const scene = new ClockedEngine()
  const calls: string[] = []
  const process = scene.process(async ({ method, pass }) => {
    calls.push(method)
    return pass()
  })
  await process.work([simple])
  calls.length = 0
  const { sagaId, result } = await process.backstep.start(simple, { input: {} })
  await expect(result()).resolves.toMatchObject({ status: 'completed' })
  expect(calls).toEqual(['start', 'append'])
  expect(process.hints).toEqual([])
  expect(await scene.rows(sagaId)).toEqual([
    ['saga_started'],
    ['action_succeeded', 'saga_completed'],
  ])
  expect(scene.clock.monotonicMs()).toBe(0)
})

test('a worker whose first turns are not eager is told by the queue', async () => {
  const scene = new ClockedEngine()
  const process = scene.process()
  await process.work([simple], { eagerFirstTurn: false })
  const { sagaId, result } = await process.backstep.start(simple, { input: {} })
  await expect(result()).resolves.toMatchObject({ status: 'completed' })
  expect(process.seats).toEqual([false])
  expect(process.hints).toMatchObject([{ sagaId }])
})

test('the step behind another queue goes by hint, although the first turn did not', async () => {
  const scene = new ClockedEngine()
  const process = scene.process()
  const saga = order
    .step('one', { action: () => 1, compensation: () => {}, queue: 'left' })
    .step('two', { action: () => 1, compensation: () => {}, queue: 'right' })
    .step('three', { action: () => 1, compensation: () => {}, queue: 'left' })
  await process.work([saga])
  const { result } = await process.backstep.start(saga, { input: {} })
  await expect(result()).resolves.toMatchObject({ status: 'completed' })
  expect(process.seats).toEqual([true])
  expect(process.hints.map(({ queue }) => queue)).toEqual(['right', 'left'])
})

test('no more sagas get a place than the worker has slots, and the next one gets it when one is free', async () => {
  const scene = new ClockedEngine()
  const process = scene.process()
  const finish = gate()
  let [now, most] = [0, 0]
  const saga = order.step('pay', {
    action: async () => {
      now += 1
      most = Math.max(most, now)
      await finish.passed
      now -= 1
    },
    compensation: () => {},
  })
  await process.work([saga], { concurrency: 2 })
  const handles = await Promise.all(
    [1, 2, 3, 4].map(() => process.backstep.start(saga, { input: {} })),
  )
  expect(process.seats).toEqual([true, true, false, false])
  expect(process.hints).toHaveLength(2)
  await settled()
  finish.open()
  await Promise.all(handles.map((handle) => handle.result()))
  await settled()
  await process.backstep.start(saga, { input: {} })
  expect(process.seats.at(-1)).toBe(true)
  expect(most).toBe(2)
})

test('a place is sought among all workers of the process, and only there', async () => {
  const scene = new ClockedEngine()
  const [process, other] = [scene.process(), scene.process()]
  const finish = gate()
  const saga = order.step('pay', { action: () => finish.passed, compensation: () => {} })
  await process.work([saga], { concurrency: 1 })
  await process.work([saga], { concurrency: 1 })
  await other.work([saga], { concurrency: 5 })
  await Promise.all([1, 2, 3].map(() => process.backstep.start(saga, { input: {} })))
  expect(process.seats).toEqual([true, true, false])
  finish.open()
})

const served = defineSaga({ name: 'served', version: 1, input: anyInput })
  .step('one', { action: () => 1, compensation: () => {}, queue: 'left' })
  .step('two', { action: () => 1, compensation: () => {}, queue: 'right' })

test.each([
  ['does not serve the queue of the first step', served, [served], ['right']],
  [
    'has another version',
    defineSaga({ name: 'served', version: 2, input: anyInput }).step('one', {
      action: () => 1,
      compensation: () => {},
      queue: 'left',
    }),
    [served],
    ['left'],
  ],
  [
    'has other sagas of that queue',
    defineSaga({ name: 'other', version: 1, input: anyInput }).step('one', {
      action: () => 1,
      compensation: () => {},
      queue: 'left',
    }),
    [served],
    ['left'],
  ],
])('a worker that %s has no place for it', async (_, saga, sagas, queues) => {
  const scene = new ClockedEngine()
  const process = scene.process()
  const worker = await process.work(sagas, { queues })
  await process.backstep.start(saga, { input: {} })
  expect(process.seats).toEqual([false])
  expect(process.hints).toHaveLength(1)
  await process.stop(worker)
})

test('a worker that stops, or has stopped, has no place', async () => {
  const scene = new ClockedEngine()
  const process = scene.process()
  const [started, finish] = [gate(), gate()]
  const saga = order.step('pay', {
    action: async () => {
      started.open()
      await finish.passed
    },
    compensation: () => {},
  })
  const worker = await process.work([saga], { concurrency: 3 })
  await process.backstep.start(saga, { input: {} })
  await started.passed
  const stopped = worker.stop()
  const during = await process.backstep.start(saga, { input: {} })
  finish.open()
  await stopped
  const after = await process.backstep.start(saga, { input: {} })
  expect(process.seats).toEqual([true, false, false])
  for (const { sagaId } of [during, after]) {
    expect(await scene.store.listTasks(sagaId)).toMatchObject([{ claimed: false, deliveries: 0 }])
  }
  expect(process.hints.map(({ sagaId }) => sagaId)).toEqual([during.sagaId, after.sagaId])
})

test('in a transaction of the caller there is no place, and no hint before its commit', async () => {
  const scene = new ClockedEngine()
  const options: unknown[] = []
  const process = scene.process(async ({ method, args, pass }) => {
    if (method !== 'start') return pass()
    options.push(args[1])
    // As a store that joins it: the saga is there in the end.
    return scene.store.start(process.starts)
  })
  await process.work([simple])
  const transaction = { name: 'of the caller' }
  const { sagaId } = await process.backstep.start(simple, { input: {}, transaction })
  await settled()
  expect(options).toEqual([{ transaction }])
  expect(process.seats).toEqual([false])
  expect(process.hints).toEqual([])
  expect(await scene.store.listTasks(sagaId)).toMatchObject([{ claimed: false, deliveries: 0 }])
})

test('a key that has its saga already, or another input, gives the place back', async () => {
  const scene = new ClockedEngine()
  const process = scene.process()
  const finish = gate()
  let runs = 0
  const keyed = defineSaga({ name: 'keyed', version: 1, input: anyInput.catchall(anyInput) }).step(
    'pay',
    { action: () => void (runs += 1), compensation: () => {} },
  )
  const slow = order.step('pay', { action: () => finish.passed, compensation: () => {} })
  await process.work([keyed, slow], { concurrency: 2 })
  const first = await process.backstep.start(keyed, { key: 'k', input: {} })
  await first.result()
  await settled()
  for (let round = 0; round < 5; round += 1) {
    const again = await process.backstep.start(keyed, { key: 'k', input: {} })
    expect(again.sagaId).toBe(first.sagaId)
    await expect(
      process.backstep.start(keyed, { key: 'k', input: { other: {} } }),
    ).rejects.toMatchObject({ code: 'KEY_CONFLICT' })
  }
  await Promise.all([1, 2].map(() => process.backstep.start(slow, { input: {} })))
  expect(process.seats).toEqual(Array.from({ length: 13 }, () => true))
  expect(process.hints).toEqual([])
  expect(runs).toBe(1)
  finish.open()
})

const failures: readonly (readonly [string, () => unknown, string | null])[] = [
  ['that cannot be stored', () => new BackstepError('PAYLOAD_INVALID', 'no'), 'PAYLOAD_INVALID'],
  ['that finds Postgres away', away, 'DATABASE_UNAVAILABLE'],
  ['that breaks the store', () => new TypeError('a fault of the store'), null],
]

test.each(failures)('every start %s gives its place back', async (_, failure, code) => {
  const scene = new ClockedEngine()
  let fails = true
  const process = scene.process(async ({ method, pass }) => {
    if (method === 'start' && fails) throw failure()
    return pass()
  })
  const finish = gate()
  const saga = order.step('pay', { action: () => finish.passed, compensation: () => {} })
  const worker = await process.work([saga], { concurrency: 2, sweep: '1h' })
  for (let round = 0; round < 4; round += 1) {
    const starts = [1, 2, 3].map(() => process.backstep.start(saga, { input: {} }))
    const ends = Promise.allSettled(starts)
    await settled()
    await scene.clock.advance(1_000)
    for (const end of await ends) {
      expect(end).toMatchObject({ status: 'rejected', reason: code === null ? {} : { code } })
    }
  }
  fails = false
  const before = process.starts.length
  await Promise.all([1, 2].map(() => process.backstep.start(saga, { input: {} })))
  expect(process.seats.slice(before)).toEqual([true, true])
  expect(worker.active).toBe(2)
  finish.open()
})

test('a store that gives no result at all costs no place', async () => {
  const scene = new ClockedEngine()
  let silent = true
  const process = scene.process(async ({ method, pass }) =>
    method === 'start' && silent ? [] : pass(),
  )
  await process.work([simple], { concurrency: 1 })
  for (let round = 0; round < 3; round += 1) {
    await expect(process.backstep.start(simple, { input: {} })).rejects.toThrow(RangeError)
  }
  silent = false
  const { result } = await process.backstep.start(simple, { input: {} })
  await expect(result()).resolves.toMatchObject({ status: 'completed' })
  expect(process.seats.at(-1)).toBe(true)
})

test('what is wrong with a start is found before it takes a place', async () => {
  const scene = new ClockedEngine()
  const process = scene.process()
  const finish = gate()
  const saga = order.step('pay', { action: () => finish.passed, compensation: () => {} })
  await process.work([saga], { concurrency: 1 })
  for (const key of ['', 'a\0b']) {
    await expect(process.backstep.start(saga, { key, input: {} })).rejects.toMatchObject({
      code: 'ID_INVALID',
    })
  }
  await process.backstep.start(saga, { input: {} })
  expect(process.seats).toEqual([true])
  finish.open()
})

test.each([1, 3])(
  'a hint gets its turn although %i lines of eager starts never leave a slot free',
  async (lines) => {
    const scene = new ClockedEngine()
    const [process, other] = [scene.process(), scene.process()]
    const crowd = order.step('pay', { action: () => setImmediate(), compensation: () => {} })
    await process.work([crowd], { concurrency: 1, sweep: '1h' })
    const over = new AbortController()
    let ended = 0
    const line = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const { result } = await process.backstep.start(crowd, { input: {} })
        await result()
        ended += 1
      }
    }
    const running = Array.from({ length: lines }, line)
    await eventually(() => expect(ended).toBeGreaterThan(5))
    const { sagaId } = await other.backstep.start(crowd, { input: {} })
    await process.backstep.shared.engine.queue.dispatch(other.hints)
    // No sweep finds it: only its hint does.
    await scene.until(sagaId, 'completed')
    over.abort()
    await Promise.all(running)
    expect(process.seats).toContain(true)
  },
)
