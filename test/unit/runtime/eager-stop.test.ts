import { expect, test } from 'vitest'
import { ClockedEngine, settled } from './clocked-engine.ts'
import { gate, never } from './gate.ts'
import { anyInput, defineSaga } from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput })

test('a worker that stops finishes the step of an eager turn, and leaves the next one to others', async () => {
  const scene = new ClockedEngine()
  const process = scene.process()
  const [started, finish] = [gate(), gate()]
  const ran: string[] = []
  const saga = order
    .step('one', {
      action: async () => {
        started.open()
        await finish.passed
        ran.push('one')
      },
      compensation: () => {},
    })
    .step('two', { action: () => void ran.push('two'), compensation: () => {} })
  const worker = await process.work([saga])
  const { sagaId } = await process.backstep.start(saga, { input: {} })
  await started.passed
  expect(process.seats).toEqual([true])
  let stopped = false
  const stopping = worker.stop().then(() => (stopped = true))
  await settled()
  expect(stopped).toBe(false)
  finish.open()
  await stopping
  expect(ran).toEqual(['one'])
  expect(await scene.store.listTasks(sagaId)).toMatchObject([{ claimed: false }])
  expect(await scene.rows(sagaId)).toEqual([['saga_started'], ['action_succeeded']])
})

test('a worker that stops waits for a start that has a place, and its saga is handed back unrun', async () => {
  const scene = new ClockedEngine()
  const [asked, answer] = [gate(), gate()]
  const process = scene.process(async ({ method, pass }) => {
    const result = await pass()
    if (method === 'start') {
      asked.open()
      await answer.passed
    }
    return result
  })
  let runs = 0
  const saga = order.step('one', { action: () => void (runs += 1), compensation: () => {} })
  const worker = await process.work([saga])
  const starting = process.backstep.start(saga, { input: {} })
  await asked.passed
  let stopped = false
  const stopping = worker.stop().then(() => (stopped = true))
  await settled()
  expect(stopped).toBe(false)
  answer.open()
  const { sagaId } = await starting
  await stopping
  expect(process.seats).toEqual([true])
  expect(runs).toBe(0)
  expect(await scene.store.listTasks(sagaId)).toMatchObject([{ claimed: false, deliveries: 1 }])
  expect(await scene.rows(sagaId)).toEqual([['saga_started']])
})

test('a start that is never answered holds its worker no longer than the grace', async () => {
  const scene = new ClockedEngine()
  const asked = gate()
  const process = scene.process(async ({ method, pass }) => {
    if (method !== 'start') return pass()
    asked.open()
    return never
  })
  const saga = order.step('one', { action: () => 1, compensation: () => {} })
  const worker = await process.work([saga], { shutdownGrace: '20s' })
  void process.backstep.start(saga, { input: {} })
  await asked.passed
  let stopped = false
  const stopping = worker.stop().then(() => (stopped = true))
  await scene.clock.advance(19_000)
  expect(stopped).toBe(false)
  await scene.clock.advance(1_000)
  await stopping
})

test('a start that is answered after its worker has stopped hands its saga back, unrun', async () => {
  const scene = new ClockedEngine()
  const [asked, answer] = [gate(), gate()]
  const process = scene.process(async ({ method, pass }) => {
    const result = await pass()
    if (method !== 'start') return result
    asked.open()
    await answer.passed
    return result
  })
  let runs = 0
  const saga = order.step('one', { action: () => void (runs += 1), compensation: () => {} })
  const worker = await process.work([saga], { shutdownGrace: '4s', abortGrace: '1s' })
  const starting = process.backstep.start(saga, { input: {} })
  await asked.passed
  await process.stop(worker)
  answer.open()
  const { sagaId } = await starting
  await settled()
  expect(runs).toBe(0)
  expect(worker.active).toBe(0)
  expect(await scene.store.listTasks(sagaId)).toMatchObject([{ claimed: false, deliveries: 1 }])
})

test('an eager handler that goes on for too long is told of the shutdown', async () => {
  const scene = new ClockedEngine()
  const process = scene.process()
  const started = gate()
  const reasons: unknown[] = []
  const saga = order.step('one', {
    action: async ({ signal }) => {
      started.open()
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      reasons.push(signal.reason)
    },
    compensation: () => {},
    timeout: '1h',
  })
  const worker = await process.work([saga])
  const { sagaId } = await process.backstep.start(saga, { input: {} })
  await started.passed
  await process.stop(worker)
  expect(reasons).toEqual(['shutdown'])
  await scene.until(sagaId, 'completed')
})
