import { expect, test } from 'vitest'
import { ClockedEngine, settled } from './clocked-engine.ts'
import { aborted, gate } from './gate.ts'
import { anyInput, audit, defineSaga } from './memory-engine.ts'

const hourMs = 3_600_000
const order = defineSaga({ name: 'order', version: 1, input: anyInput })
const eager = { eagerFirstTurn: true }

const sleepy = (calls: string[]) => {
  const note = (call: string) => () => void calls.push(call)
  return order
    .step('one', { action: note('one'), compensation: note('undo one') })
    .sleep('cool off', '1h')
    .step('two', { action: note('two'), compensation: note('undo two') })
}

test('a saga that sleeps goes on when its time is over, in whichever process is there then', async () => {
  const calls: string[] = []
  const saga = sleepy(calls)
  const engine = new ClockedEngine()
  const first = engine.process()
  const before = await first.work([saga], eager)
  const { sagaId } = await first.backstep.start(saga, { input: {} })
  await settled()
  expect(calls).toEqual(['one'])
  await first.stop(before)

  const second = engine.process()
  await second.work([saga])
  await engine.clock.advance(hourMs - 120_000)
  expect(calls).toEqual(['one'])
  await engine.clock.advance(180_000)
  await engine.until(sagaId, 'completed')
  expect(calls).toEqual(['one', 'two'])
  expect(await engine.rows(sagaId)).toEqual([
    ['saga_started'],
    ['action_succeeded'],
    ['slept'],
    ['action_succeeded', 'saga_completed'],
  ])
})

test('a saga that sleeps costs nobody a claim while it sleeps', async () => {
  const engine = new ClockedEngine()
  const process = engine.process()
  const saga = sleepy([])
  await process.work([saga], eager)
  const { sagaId } = await process.backstep.start(saga, { input: {} })
  await settled()
  const before = await engine.deliveries(sagaId)
  await engine.clock.advance(hourMs - 1_000)
  expect(await engine.deliveries(sagaId)).toBe(before)
})

test('a saga that sleeps is woken by a cancel', async () => {
  const calls: string[] = []
  const saga = sleepy(calls)
  const engine = new ClockedEngine()
  const process = engine.process()
  await process.work([saga], eager)
  const { sagaId } = await process.backstep.start(saga, { input: {} })
  await settled()
  await process.backstep.cancel(sagaId, audit)
  await engine.clock.advance(5_000)
  await engine.until(sagaId, 'compensated')
  expect(calls).toEqual(['one', 'undo one'])
})

test('a saga that sleeps may begin with that', async () => {
  const saga = order
    .sleep('1h')
    .sleep('1s')
    .step('one', { action: () => 1, compensation: () => {} })
  const engine = new ClockedEngine()
  const process = engine.process()
  await process.work([saga], eager)
  const { sagaId } = await process.backstep.start(saga, { input: {} })
  await settled()
  await engine.clock.advance(hourMs + 10_000)
  await engine.until(sagaId, 'completed')
  const names = (await process.backstep.describe(sagaId)).plan.nodes.map(({ name }) => name)
  expect(names).toEqual(['sleep', 'sleep-2', 'one'])
})

const bound = defineSaga({ name: 'bound', version: 1, input: anyInput, deadline: '10m' })

test('a saga with a deadline tells the action at work, and turns back', async () => {
  const engine = new ClockedEngine()
  const process = engine.process()
  const seen: unknown[] = []
  const started = gate()
  const saga = bound
    .step('one', { action: () => 1, compensation: ({ outcome }) => void seen.push(outcome) })
    .step('two', {
      action: async ({ signal }) => {
        started.open()
        await aborted(signal)
        seen.push(signal.reason)
        throw new Error('interrupted')
      },
      compensation: ({ outcome }) => void seen.push(outcome),
      timeout: '1h',
    })
  await process.work([saga], eager)
  const { sagaId, result } = await process.backstep.start(saga, { input: {} })
  await started.passed
  await engine.clock.advance(601_000)
  await engine.until(sagaId, 'compensated')
  expect(seen).toEqual(['deadline', 'unknown', 'succeeded'])
  await expect(result()).resolves.toMatchObject({
    failure: { kind: 'deadline', code: 'deadline', step: null },
  })
})

test('a saga with a deadline turns back although it sleeps, or waits for a retry, far beyond it', async () => {
  const engine = new ClockedEngine()
  const process = engine.process()
  const undo = { compensation: () => {} }
  const sleeps = bound.step('one', { action: () => 1, ...undo }).sleep('1d')
  const fails = defineSaga({ name: 'fails', version: 1, input: anyInput, deadline: '10m' }).step(
    'one',
    {
      action: () => {
        throw new Error('closed')
      },
      ...undo,
      retry: { initialInterval: '1d', maximumInterval: '1d', jitter: 'none' },
    },
  )
  await process.work([sleeps, fails], eager)
  const sagas = [
    await process.backstep.start(sleeps, { input: {} }),
    await process.backstep.start(fails, { input: {} }),
  ]
  await settled()
  await engine.clock.advance(595_000)
  for (const { sagaId } of sagas) await engine.until(sagaId, 'running')
  await engine.clock.advance(10_000)
  for (const { sagaId } of sagas) {
    await engine.until(sagaId, 'compensated')
    const { failure } = await process.backstep.get(sagaId)
    expect(failure).toMatchObject({ kind: 'deadline' })
  }
})

test('a saga with a deadline goes on behind its pivot, and tells that it is late', async () => {
  const engine = new ClockedEngine()
  const process = engine.process()
  const late: string[] = []
  const saga = bound
    .pivot('pay', { action: () => 1 })
    .sleep('1h')
    .step('ship', { action: () => 2 })
  const observer = { deadlinePassed: (event: { readonly saga: string }) => late.push(event.saga) }
  await process.work([saga], { ...eager, observer })
  const { sagaId } = await process.backstep.start(saga, { input: {} })
  await settled()
  await engine.clock.advance(2 * hourMs)
  await engine.until(sagaId, 'completed')
  const types = (await engine.rows(sagaId)).flat()
  expect(types.filter((type) => type === 'deadline_passed')).toHaveLength(1)
  expect(late).toEqual(['bound'])
})
