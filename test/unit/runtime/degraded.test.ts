import { expect, test } from 'vitest'
import { ClockedEngine, settled, type ClockedProcess } from './clocked-engine.ts'
import { away } from './intercepted-store.ts'
import { anyInput, defineSaga } from './memory-engine.ts'
import { recordedLines } from './recorded-lines.ts'
import { TroubledQueue } from './troubled-queue.ts'

const simple = defineSaga({ name: 'simple', version: 1, input: anyInput }).step('pay', {
  action: () => 1,
  compensation: () => {},
})
const hurried = { eagerFirstTurn: false } as const

async function start({ backstep }: ClockedProcess): Promise<string> {
  const { sagaId } = await backstep.start(simple, { input: {} })
  return sagaId
}

/** Starts sagas, one after the other, until nothing is sent any more. */
async function openCircuit(process: ClockedProcess): Promise<void> {
  for (let failures = 0; failures < 2; failures += 1) {
    await start(process)
    await process.backstep.shared.hints.flush()
  }
  expect(process.backstep.shared.hints.circuit).toBe('open')
}

/** For how long the first task of the last saga that was started here is left to the queue. */
function graceMs({ starts }: ClockedProcess): number | undefined {
  return starts.at(-1)?.task.dispatchGraceMs
}

test('a saga whose hint cannot be sent runs at once where there is room in its process', async () => {
  const scene = new ClockedEngine()
  const queue = new TroubledQueue()
  const process = scene.process(undefined, { queue })
  const worker = await process.work([simple], hurried)
  queue.refuses = true
  await scene.until(await start(process), 'completed')
  expect(scene.clock.monotonicMs()).toBe(0)
  expect(worker.dispatch).toMatchObject({ directClaims: 1, hintsTaken: 0 })
})

test('while the circuit is open nothing is sent, and sagas run at once in their process', async () => {
  const scene = new ClockedEngine()
  const queue = new TroubledQueue()
  const process = scene.process(undefined, { queue })
  const worker = await process.work([simple], hurried)
  queue.refuses = true
  await openCircuit(process)
  await scene.until(await start(process), 'completed')
  expect(queue.sendings).toBe(2)
  expect(worker.dispatch).toMatchObject({ state: 'degraded', circuit: 'open' })
  expect(scene.clock.monotonicMs()).toBe(0)
})

test('hints that wait while the circuit opens go to the workers of the process, too', async () => {
  const scene = new ClockedEngine()
  const queue = new TroubledQueue()
  const process = scene.process(undefined, { queue })
  await process.work([simple], hurried)
  queue.refuses = true
  await start(process)
  await process.backstep.shared.hints.flush()
  const sagas = await Promise.all([start(process), start(process), start(process)])
  for (const sagaId of sagas) await scene.until(sagaId, 'completed')
  expect(scene.clock.monotonicMs()).toBe(0)
})

test('tasks that are made while the circuit is open are due at once', async () => {
  const scene = new ClockedEngine()
  const queue = new TroubledQueue()
  const process = scene.process(undefined, { queue })
  await start(process)
  expect(graceMs(process)).toBe(2_000)
  queue.refuses = true
  await openCircuit(process)
  await start(process)
  expect(graceMs(process)).toBe(0)
})

test('it is told once when sending ends, and once when it begins again', async () => {
  const scene = new ClockedEngine()
  const queue = new TroubledQueue()
  const { lines, logger } = recordedLines()
  const process = scene.process(undefined, { queue, logger })
  queue.refuses = true
  await openCircuit(process)
  for (let sagas = 0; sagas < 5; sagas += 1) await start(process)
  await scene.clock.advance(20_000)
  queue.heal()
  await scene.clock.advance(1_250)
  expect(process.backstep.shared.hints.circuit).toBe('closed')
  expect(lines.map((line) => line.slice(0, 30))).toEqual([
    'warn: hints could not be sent;',
    'warn: the queue does not work:',
    'info: the queue works again: h',
  ])
})

test('a closed client tries the queue no more', async () => {
  const scene = new ClockedEngine()
  const queue = new TroubledQueue()
  const process = scene.process(undefined, { queue })
  queue.refuses = true
  await openCircuit(process)
  await process.backstep.close()
  await scene.clock.advance(60_000)
  expect(queue.sendings).toBe(2)
  expect(scene.clock.sleeping).toBe(0)
})

test('a worker whose queue says nothing takes what others have made, without leaving it to the queue', async () => {
  const scene = new ClockedEngine()
  const queue = new TroubledQueue()
  const worker = await scene.process(undefined, { queue }).work([simple], hurried)
  const starter = scene.process()
  queue.isTaking = false
  await scene.clock.advance(1_000)
  expect(worker.dispatch.state).toBe('degraded')
  const sagaId = await start(starter)
  expect(graceMs(starter)).toBe(2_000)
  await scene.clock.advance(250)
  await scene.until(sagaId, 'completed')
})

test('one moment in which a queue does not answer is no trouble', async () => {
  const scene = new ClockedEngine()
  const queue = new TroubledQueue()
  const worker = await scene.process(undefined, { queue }).work([simple])
  queue.isTaking = false
  await scene.clock.advance(500)
  queue.isTaking = true
  await scene.clock.advance(500)
  expect(worker.dispatch.state).toBe('connected')
})

test('a worker goes back to hints when the queue is well again, and tells of both', async () => {
  const scene = new ClockedEngine()
  const queue = new TroubledQueue()
  const { lines, logger } = recordedLines()
  const process = scene.process(undefined, { queue, logger })
  const worker = await process.work([simple], hurried)
  queue.isTaking = false
  await scene.clock.advance(4_000)
  queue.heal()
  await scene.clock.advance(2_500)
  expect(worker.dispatch.state).toBe('connected')
  expect(lines).toEqual([
    'warn: the queue cannot be relied on: tasks are taken straight from the database',
    'info: the queue can be relied on again: tasks are taken by their hints',
  ])
  await scene.until(await start(process), 'completed')
  expect(worker.dispatch).toMatchObject({ hintsTaken: 1, directClaims: 0 })
})

test('tasks that others have made without a hint are found soon after the queue is well again', async () => {
  const scene = new ClockedEngine()
  const queue = new TroubledQueue()
  const starter = scene.process(undefined, { queue })
  const others = new TroubledQueue()
  const worker = await scene.process(undefined, { queue: others }).work([simple], hurried)
  queue.refuses = true
  others.isTaking = false
  await openCircuit(starter)
  await scene.clock.advance(1_000)
  others.heal()
  await scene.clock.advance(500)
  expect(worker.dispatch.state).toBe('connected')
  const sagaId = await start(starter)
  await scene.clock.advance(250)
  await scene.until(sagaId, 'completed')
})

test('a Postgres that fails meanwhile is asked no more often than ever', async () => {
  const scene = new ClockedEngine()
  const queue = new TroubledQueue()
  let isAway = false
  let asked = 0
  const process = scene.process(
    async ({ method, pass }) => {
      if (!isAway || method === 'heartbeat') return pass()
      asked += 1
      throw away()
    },
    { queue },
  )
  const worker = await process.work([simple])
  queue.isTaking = false
  await scene.clock.advance(2_000)
  expect(worker.dispatch.state).toBe('degraded')
  isAway = true
  await scene.clock.advance(20_000)
  expect(asked).toBeLessThan(40)
  isAway = false
})

test('tasks for other queues are not touched while their hints cannot be sent', async () => {
  const scene = new ClockedEngine()
  const queue = new TroubledQueue()
  const process = scene.process(undefined, { queue })
  await process.work([simple])
  const elsewhere = defineSaga({ name: 'elsewhere', version: 1, input: anyInput }).step('pay', {
    action: () => 1,
    compensation: () => {},
    queue: 'elsewhere',
  })
  queue.refuses = true
  await process.backstep.start(elsewhere, { input: {} })
  await process.backstep.start(elsewhere, { input: {} })
  await settled()
  await scene.clock.advance(60_000)
  const search = { queues: ['elsewhere'], limit: 10 }
  expect(await scene.store.findOverdue(search)).toHaveLength(2)
})

test('of a queue in the store itself nothing is watched, and it is always tried again', async () => {
  const scene = new ClockedEngine()
  const queue = new TroubledQueue(true)
  const process = scene.process(undefined, { queue })
  const worker = await process.work([simple], hurried)
  queue.fail()
  for (let sagas = 1; sagas <= 5; sagas += 1) {
    await start(process)
    expect(graceMs(process)).toBe(2_000)
    await process.backstep.shared.hints.flush()
    expect(queue.sendings).toBe(sagas)
  }
  expect(worker.dispatch).toMatchObject({ state: 'connected', circuit: 'closed', directClaims: 0 })
  await scene.clock.advance(1_500)
  expect(worker.dispatch).toMatchObject({ state: 'connected', consumersReplaced: 0 })
})
