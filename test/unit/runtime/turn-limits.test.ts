import { describe, expect, test } from 'vitest'
import { setTimeout as pause } from 'node:timers/promises'
import { ClockedEngine, settled } from './clocked-engine.ts'
import { anyInput, defineSaga, eventOf, memoryEngine, typesOf, work } from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput })

const fourSteps = (action: () => unknown) =>
  order
    .step('one', { action, compensation: () => {} })
    .step('two', { action, compensation: () => {} })
    .step('three', { action, compensation: () => {} })
    .step('four', { action, compensation: () => {} })

describe.each([
  ['that the queue has begun', { eagerFirstTurn: false }, 1],
  ['that is eager', { eagerFirstTurn: true }, 0],
] as const)('a turn %s', (_, eager, firstHints) => {
  test('goes on from step to step under one task', async () => {
    const process = new ClockedEngine().process()
    const saga = fourSteps(() => 1)
    await process.work([saga], eager)
    const { result } = await process.backstep.start(saga, { input: {} })
    await expect(result()).resolves.toMatchObject({ status: 'completed' })
    expect(process.hints).toHaveLength(firstHints)
  })

  test('that has run its number of steps passes the rest to a new task', async () => {
    const process = new ClockedEngine().process()
    const saga = fourSteps(() => 1)
    await process.work([saga], { ...eager, maxStepsPerTurn: 2 })
    const { result } = await process.backstep.start(saga, { input: {} })
    await expect(result()).resolves.toMatchObject({ status: 'completed' })
    expect(process.hints).toHaveLength(firstHints + 1)
    expect(new Set(process.hints.map(({ nonce }) => nonce)).size).toBe(firstHints + 1)
  })

  test('that has taken its time passes the rest to a new task', async () => {
    const scene = new ClockedEngine()
    const process = scene.process()
    const saga = fourSteps(() => scene.clock.sleep(5))
    await process.work([saga], { ...eager, maxTurn: '5ms' })
    const { result } = await process.backstep.start(saga, { input: {} })
    for (let step = 0; step < 4; step += 1) {
      await settled()
      await scene.clock.advance(5)
    }
    await expect(result()).resolves.toMatchObject({ status: 'completed' })
    expect(process.hints).toHaveLength(firstHints + 3)
    expect(new Set(process.hints.map(({ nonce }) => nonce)).size).toBe(firstHints + 3)
  })

  test('that has time left goes on', async () => {
    const scene = new ClockedEngine()
    const process = scene.process()
    const saga = fourSteps(() => scene.clock.sleep(5))
    await process.work([saga], { ...eager, maxTurn: '16ms' })
    const { result } = await process.backstep.start(saga, { input: {} })
    for (let step = 0; step < 4; step += 1) {
      await settled()
      await scene.clock.advance(5)
    }
    await expect(result()).resolves.toMatchObject({ status: 'completed' })
    expect(process.hints).toHaveLength(firstHints)
  })
})

test('no more turns are under way than the concurrency allows', async () => {
  const { backstep } = memoryEngine()
  let [now, most] = [0, 0]
  const saga = fourSteps(async () => {
    now += 1
    most = Math.max(most, now)
    await pause(1)
    now -= 1
  })
  await work(backstep, [saga], { concurrency: 3, maxStepsPerTurn: 1 })
  const handles = await Promise.all(
    Array.from({ length: 12 }, () => backstep.start(saga, { input: {} })),
  )
  await Promise.all(handles.map((handle) => handle.result({ timeout: '4s' })))
  expect(most).toBe(3)
})

test('a retry gets its turn although hints never leave a slot free', async () => {
  const { backstep } = memoryEngine()
  const again = defineSaga({ name: 'again', version: 1, input: anyInput }).step('pay', {
    action: ({ attempt }) => {
      if (attempt === 1) throw new Error('no')
    },
    compensation: () => {},
    retry: { initialInterval: '20ms', jitter: 'none' },
  })
  const crowd = order.step('pay', { action: () => pause(2), compensation: () => {} })
  await work(backstep, [again, crowd], { concurrency: 1 })
  const over = new AbortController()
  const line = [1, 2, 3].map(async () => {
    while (!over.signal.aborted) {
      const one = await backstep.start(crowd, { input: {} })
      await one.result({ timeout: '4s' })
    }
  })
  const handle = await backstep.start(again, { input: {} })
  await eventOf(backstep, handle.sagaId, 'action_failed')
  const result = await handle.result({ timeout: '2s' }).finally(() => over.abort())
  await Promise.all(line)
  expect(result).toMatchObject({ status: 'completed' })
  expect(await typesOf(backstep, handle.sagaId)).toContain('action_failed')
})
