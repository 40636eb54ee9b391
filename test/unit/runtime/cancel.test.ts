import { expect, test } from 'vitest'
import { aborted, gate } from './gate.ts'
import { interceptedStore } from './intercepted-store.ts'
import {
  anyInput,
  audit,
  defineSaga,
  engineOn,
  eventOf,
  eventsOf,
  memoryEngine,
  soon,
  stuckRow,
  typesOf,
  work,
} from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput })

test('a cancel tells the action at work, and what it leaves behind is undone as unknown', async () => {
  const { backstep } = memoryEngine()
  const started = gate()
  const seen: unknown[] = []
  const saga = order
    .step('reserve', { action: () => 1, compensation: ({ outcome }) => void seen.push(outcome) })
    .step('pay', {
      action: async ({ signal }) => {
        started.open()
        await aborted(signal)
        seen.push(signal.reason)
        throw new Error('interrupted')
      },
      compensation: ({ outcome }) => void seen.push(outcome),
      timeout: '20s',
    })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await started.passed
  await expect(backstep.cancel(handle.sagaId, audit)).resolves.toEqual({ status: 'requested' })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({
    status: 'compensated',
    failure: { kind: 'canceled', code: 'canceled' },
  })
  expect(seen).toEqual(['canceled', 'unknown', 'succeeded'])
})

test('a cancel reaches the action although the first look into the journal fails', async () => {
  const { store } = memoryEngine()
  let failures = 0
  const flaky = interceptedStore(store, async ({ method, args, pass }) => {
    // The first reading behind row 1 is the one that a wake-up causes.
    if (method === 'readJournal' && args[1] !== 0 && failures === 0) {
      failures += 1
      throw new Error('The connection broke.')
    }
    return pass()
  })
  const { backstep } = engineOn(flaky)
  const started = gate()
  const saga = order.step('pay', {
    action: async ({ signal }) => {
      started.open()
      await aborted(signal)
      throw new Error('interrupted')
    },
    compensation: () => {},
    timeout: '20s',
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await started.passed
  await backstep.cancel(handle.sagaId, audit)
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'compensated' })
  expect(failures).toBe(1)
})

test('a cancel during the pivot waits for its verdict, and is refused by its success', async () => {
  const { backstep } = memoryEngine()
  const started = gate()
  const finish = gate()
  const signals: boolean[] = []
  const saga = order.pivot('charge', {
    action: async ({ signal }) => {
      started.open()
      await finish.passed
      signals.push(signal.aborted)
    },
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await started.passed
  await expect(backstep.cancel(handle.sagaId, audit)).resolves.toEqual({ status: 'requested' })
  finish.open()
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
  expect(signals).toEqual([false])
  expect(await typesOf(backstep, handle.sagaId)).toContain('cancel_refused')
})

test('after the pivot a cancel is refused, and says why', async () => {
  const { backstep } = memoryEngine()
  const started = gate()
  const finish = gate()
  const saga = order.pivot('charge', { action: () => 1 }).step('ship', {
    action: async () => {
      started.open()
      await finish.passed
    },
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await started.passed
  await expect(backstep.cancel(handle.sagaId, audit)).resolves.toMatchObject({
    status: 'refused',
    reason: expect.stringContaining('pivot'),
  })
  finish.open()
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
})

test('a cancel that is asked twice is in the journal once', async () => {
  const { backstep } = memoryEngine()
  const saga = order.step('pay', { action: () => 1, compensation: () => {} })
  const handle = await backstep.start(saga, { input: {} })
  await expect(backstep.cancel(handle.sagaId, audit)).resolves.toEqual({ status: 'requested' })
  await expect(backstep.cancel(handle.sagaId, audit)).resolves.toEqual({ status: 'requested' })
  await work(backstep, [saga])
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'compensated' })
  const types = await typesOf(backstep, handle.sagaId)
  expect(types.filter((type) => type === 'cancel_requested')).toHaveLength(1)
  await expect(backstep.cancel(handle.sagaId, audit)).resolves.toEqual({ status: 'applied' })
})

test('of a cancel and a completion at the same time exactly one wins, and the answer fits the end', async () => {
  const { backstep } = memoryEngine()
  const effects = new Map<string, number>()
  const add = (sagaId: string, by: number): void =>
    void effects.set(sagaId, (effects.get(sagaId) ?? 0) + by)
  const saga = order.step('pay', {
    action: ({ sagaId }) => add(sagaId, 1),
    compensation: ({ sagaId }) => add(sagaId, -1),
  })
  await work(backstep, [saga])
  const runs = Array.from({ length: 40 }, async (_, index) => {
    const handle = await backstep.start(saga, { input: {} })
    for (let pause = 0; pause < index % 12; pause += 1) await Promise.resolve()
    const answer = await backstep.cancel(handle.sagaId, audit)
    const { status } = await handle.result({ timeout: '3s' })
    return { status, answer: answer.status, effect: effects.get(handle.sagaId) ?? 0 }
  })
  const ends = await Promise.all(runs)
  const wrong = ends.filter(({ status, answer, effect }) =>
    status === 'completed'
      ? answer !== 'refused' || effect !== 1
      : answer === 'refused' || effect !== 0,
  )
  expect(wrong).toEqual([])
})

test('a cancel that comes between a decision and its append is decided on', async () => {
  const { store, backstep: outsider } = memoryEngine()
  let canceled = false
  const racing = interceptedStore(store, async ({ method, args, pass }) => {
    if (method === 'append' && JSON.stringify(args).includes('action_succeeded') && !canceled) {
      canceled = true
      const [row] = await outsider.list()
      await outsider.cancel(row?.sagaId ?? '', audit)
    }
    return pass()
  })
  const { backstep } = engineOn(racing)
  let undone = 0
  const saga = order
    .step('one', { action: () => 1, compensation: () => void (undone += 1) })
    .step('two', { action: () => 2, compensation: () => void (undone += 10) })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'compensated' })
  expect(undone).toBe(1)
  const types = await typesOf(backstep, handle.sagaId)
  expect(types.slice(1, 4)).toEqual(['cancel_requested', 'action_succeeded', 'compensation_began'])
})

test('a saga that is stuck before its pivot is undone by a cancel', async () => {
  const { backstep } = memoryEngine()
  let undone = 0
  const saga = order
    .step('one', { action: () => 1, compensation: () => void (undone += 1) })
    .step('two', {
      action: () => 'a\0b',
      compensation: () => void (undone += 10),
      retry: soon,
    })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await stuckRow(backstep, handle.sagaId)
  await expect(backstep.cancel(handle.sagaId, audit)).resolves.toEqual({ status: 'applied' })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({
    status: 'compensated',
    failure: { kind: 'canceled' },
  })
  expect(undone).toBe(11)
})

test('a cancel wakes a saga that waits for its next attempt', async () => {
  const { backstep } = memoryEngine()
  const saga = order.step('pay', {
    action: () => {
      throw new Error('no')
    },
    compensation: () => {},
    retry: { initialInterval: '1h', maximumInterval: '1h', jitter: 'none' },
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await eventOf(backstep, handle.sagaId, 'action_failed')
  await backstep.cancel(handle.sagaId, audit)
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'compensated' })
  const asked = (await eventsOf(backstep, handle.sagaId)).find(
    ({ type }) => type === 'cancel_requested',
  )
  expect(asked).toEqual({ type: 'cancel_requested', ...audit })
})
