import { expect, test } from 'vitest'
import { reject } from '../../../packages/engine/src/definition/rejection.ts'
import type { Circuit } from '../../../packages/engine/src/runtime/circuits.ts'
import { breaker, Participant, retry, seconds, tuning } from './circuit-scene.ts'
import { ClockedEngine, settled } from './clocked-engine.ts'
import { anyInput, audit, defineSaga, eventsOf } from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput })

test('an open circuit keeps attempts back, burns none, and closes behind one that succeeds', async () => {
  const engine = new ClockedEngine()
  const process = engine.process()
  const { backstep } = process
  const participant = new Participant()
  const saga = order.step('pay', {
    action: participant.call,
    compensation: () => {},
    retry: { ...retry, maximumAttempts: 4 },
    breaker,
  })
  const changes: Circuit[] = []
  const delayed: unknown[] = []
  await process.work([saga], {
    ...tuning,
    observer: {
      circuitChanged: (circuit) => changes.push(circuit),
      attemptDelayed: (event) => delayed.push(event),
    },
  })
  const { sagaId } = await backstep.start(saga, { input: {} })
  await seconds(engine, 4)
  expect(participant.calls).toBe(2)
  const rows = await engine.rows(sagaId)
  expect(rows).toEqual([['saga_started'], ['action_failed'], ['action_failed']])

  await seconds(engine, 5)
  expect(participant.calls).toBe(2)
  expect(await engine.rows(sagaId)).toEqual(rows)
  expect(delayed).toContainEqual({ saga: 'order', step: 'pay' })
  // It waits; it does not go round and round.
  expect(await engine.deliveries(sagaId)).toBeLessThan(5)

  participant.answers = true
  await seconds(engine, 15)
  await engine.until(sagaId, 'completed')
  expect(participant.calls).toBe(3)
  expect((await eventsOf(backstep, sagaId)).at(-2)).toMatchObject({ attempt: 3 })
  expect(changes.map(({ state }) => state)).toEqual(['open', 'half_open', 'closed'])
  expect(changes[0]).toEqual({ saga: 'order', version: 1, step: 'pay', state: 'open' })
})

test('half-open lets one saga through, and the others wait for its verdict', async () => {
  const engine = new ClockedEngine()
  const process = engine.process()
  const { backstep } = process
  const participant = new Participant()
  const saga = order.step('pay', {
    action: participant.call,
    compensation: () => {},
    retry: { ...retry, maximumAttempts: 'unlimited' },
    breaker,
  })
  await process.work([saga], tuning)
  const started = await Promise.all(
    Array.from({ length: 10 }, () => backstep.start(saga, { input: {} })),
  )
  await seconds(engine, 3)
  const calls = participant.calls
  await seconds(engine, 20)
  expect(participant.calls - calls).toBeLessThanOrEqual(2)
  participant.answers = true
  await seconds(engine, 40)
  for (const { sagaId } of started) await engine.until(sagaId, 'completed')
})

test('an open circuit keeps no place for a start, and waits in the journal of nobody', async () => {
  const engine = new ClockedEngine()
  const process = engine.process()
  const participant = new Participant()
  const saga = order.pivot('pay', { action: participant.call, retry, breaker })
  await process.work([saga], tuning)
  const first = await process.backstep.start(saga, { input: {} })
  await seconds(engine, 3)
  const second = await process.backstep.start(saga, { input: {} })
  await settled()
  expect(process.seats).toEqual([true, false])
  // A pivot announces its attempts; what is kept back is no attempt.
  expect(await engine.rows(second.sagaId)).toEqual([['saga_started']])
  expect((await engine.rows(first.sagaId)).flat()).toEqual([
    'saga_started',
    'action_starting',
    'action_failed',
    'action_starting',
    'action_failed',
  ])
  await expect(process.backstep.cancel(second.sagaId, audit)).resolves.toMatchObject({
    status: 'requested',
  })
  await seconds(engine, 2)
  await engine.until(second.sagaId, 'compensated')
})

test('the total time of a step is over though its circuit is open', async () => {
  const engine = new ClockedEngine()
  const process = engine.process()
  const { backstep } = process
  const participant = new Participant()
  const saga = order.step('pay', {
    action: participant.call,
    compensation: () => {},
    retry: { ...retry, maximumAttempts: 'unlimited' },
    totalTimeout: '30s',
    breaker: { consecutiveFailures: 1, halfOpenAfter: '10m' },
  })
  await process.work([saga], tuning)
  await backstep.start(saga, { input: {} })
  await seconds(engine, 2)
  const { sagaId } = await backstep.start(saga, { input: {} })
  await seconds(engine, 28)
  expect(await engine.rows(sagaId)).toEqual([['saga_started']])
  await seconds(engine, 6)
  await engine.until(sagaId, 'compensated')
  expect(participant.calls).toBe(1)
  expect((await backstep.get(sagaId)).failure).toMatchObject({ code: 'circuit_open', step: 'pay' })
})

test('a rejection is an answer, and what was told to stop tells nothing', async () => {
  const engine = new ClockedEngine()
  const process = engine.process()
  const { backstep } = process
  const changes: Circuit[] = []
  const saga = order.step('pay', {
    action: ({ attempt }) => {
      if (attempt === 1) throw new Error('no answer')
      throw reject('declined', 'No.')
    },
    compensation: () => {},
    retry: { ...retry, maximumAttempts: 2 },
    breaker,
  })
  const observer = { circuitChanged: (circuit: Circuit) => void changes.push(circuit) }
  await process.work([saga], { ...tuning, observer })
  for (let sagas = 0; sagas < 3; sagas += 1) {
    const { sagaId } = await backstep.start(saga, { input: {} })
    await seconds(engine, 3)
    await engine.until(sagaId, 'compensated')
  }
  expect(changes).toEqual([])
})

test('a worker that begins is told which circuits of its process are open', async () => {
  const engine = new ClockedEngine()
  const process = engine.process()
  const { backstep } = process
  const saga = order.step('pay', {
    action: new Participant().call,
    compensation: () => {},
    retry: { ...retry, maximumAttempts: 'unlimited' },
    breaker,
  })
  await process.work([saga], tuning)
  await backstep.start(saga, { input: {} })
  await seconds(engine, 3)
  const changes: Circuit[] = []
  await process.work([saga], {
    ...tuning,
    observer: { circuitChanged: (circuit) => void changes.push(circuit) },
  })
  expect(changes).toMatchObject([{ step: 'pay', state: 'open' }])
})

test('what comes behind a choice is announced, and kept back, like anything else', async () => {
  const engine = new ClockedEngine()
  const process = engine.process()
  const { backstep } = process
  const participant = new Participant()
  const saga = order.when(
    'dear',
    () => true,
    (then) =>
      then.step('pay', {
        action: participant.call,
        compensation: () => {},
        retry: { ...retry, maximumAttempts: 1 },
        breaker: { consecutiveFailures: 1, halfOpenAfter: '1h' },
      }),
  )
  await process.work([saga], tuning)
  const first = await backstep.start(saga, { input: {} })
  await seconds(engine, 2)
  await engine.until(first.sagaId, 'compensated')
  expect((await engine.rows(first.sagaId)).slice(0, 2)).toEqual([
    ['saga_started'],
    ['choice_made', 'action_starting'],
  ])
  const second = await backstep.start(saga, { input: {} })
  await seconds(engine, 2)
  expect(await engine.rows(second.sagaId)).toEqual([['saga_started'], ['choice_made']])
  expect(participant.calls).toBe(1)
})
