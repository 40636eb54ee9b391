import { expect, test } from 'vitest'
import { reject } from '../../../packages/engine/src/definition/rejection.ts'
import type { Circuit } from '../../../packages/engine/src/runtime/circuits.ts'
import { eventually } from '../../support/eventually.ts'
import { ClockedEngine, settled } from './clocked-engine.ts'
import { anyInput, audit, defineSaga, eventsOf } from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput })
const breaker = { consecutiveFailures: 2, halfOpenAfter: '10s' } as const
const retry = { initialInterval: '1s', backoffCoefficient: 1, jitter: 'none' } as const
/** A worker whose leases outlast every wait of these tests. */
const tuning = { sweep: '1s', abortGrace: '1s' } as const

/** A participant that answers, or does not. */
class Participant {
  calls = 0
  answers = false

  readonly call = (): { readonly id: number } => {
    this.calls += 1
    if (!this.answers) throw new Error('no answer')
    return { id: this.calls }
  }
}

/** Lets so many seconds pass, one by one: each is a sweep. */
async function seconds({ clock }: ClockedEngine, count: number): Promise<void> {
  for (let passed = 0; passed < count; passed += 1) {
    await settled()
    await clock.advance(1_000)
    await settled()
  }
}

test('an open circuit keeps attempts back, burns none, and closes behind one that succeeds', async () => {
  const engine = new ClockedEngine()
  const { backstep, work } = bound(engine)
  const participant = new Participant()
  const saga = order.step('pay', {
    action: participant.call,
    compensation: () => {},
    retry: { ...retry, maximumAttempts: 4 },
    breaker,
  })
  const changes: Circuit[] = []
  const delayed: unknown[] = []
  await work([saga], {
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
  const { backstep, work } = bound(engine)
  const participant = new Participant()
  const saga = order.step('pay', {
    action: participant.call,
    compensation: () => {},
    retry: { ...retry, maximumAttempts: 'unlimited' },
    breaker,
  })
  await work([saga], tuning)
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
  const { backstep, work } = bound(engine)
  const participant = new Participant()
  const saga = order.step('pay', {
    action: participant.call,
    compensation: () => {},
    retry: { ...retry, maximumAttempts: 'unlimited' },
    totalTimeout: '30s',
    breaker: { consecutiveFailures: 1, halfOpenAfter: '10m' },
  })
  await work([saga], tuning)
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
  const { backstep, work } = bound(engine)
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
  await work([saga], { ...tuning, observer })
  for (let sagas = 0; sagas < 3; sagas += 1) {
    const { sagaId } = await backstep.start(saga, { input: {} })
    await seconds(engine, 3)
    await engine.until(sagaId, 'compensated')
  }
  expect(changes).toEqual([])
})

test('a worker that begins is told which circuits of its process are open', async () => {
  const engine = new ClockedEngine()
  const { backstep, work } = bound(engine)
  const saga = order.step('pay', {
    action: new Participant().call,
    compensation: () => {},
    retry: { ...retry, maximumAttempts: 'unlimited' },
    breaker,
  })
  await work([saga], tuning)
  await backstep.start(saga, { input: {} })
  await seconds(engine, 3)
  const changes: Circuit[] = []
  await work([saga], {
    ...tuning,
    observer: { circuitChanged: (circuit) => void changes.push(circuit) },
  })
  expect(changes).toMatchObject([{ step: 'pay', state: 'open' }])
})

test('an open circuit has the fallback take the step at once, under the same key, undone the same way', async () => {
  const engine = new ClockedEngine()
  const { backstep, work } = bound(engine)
  const participant = new Participant()
  const keys: string[] = []
  const undone: unknown[] = []
  const saga = order
    .step('pay', {
      action: ({ idempotencyKey }) => {
        keys.push(idempotencyKey)
        return participant.call()
      },
      fallback: ({ idempotencyKey, attempt }) => {
        keys.push(`${idempotencyKey} other way, attempt ${attempt}`)
        return { id: 77 }
      },
      compensation: ({ output, outcome, actionIdempotencyKey }) =>
        void undone.push({ output, outcome, actionIdempotencyKey }),
      retry: { ...retry, maximumAttempts: 'unlimited' },
      breaker: { consecutiveFailures: 1, halfOpenAfter: '1h' },
    })
    .step('ship', {
      action: () => {
        throw reject('sold_out', 'Sold out.')
      },
      compensation: () => {},
    })
  const ended: unknown[] = []
  await work([saga], { ...tuning, observer: { stepEnded: (event) => ended.push(event) } })
  const { sagaId } = await backstep.start(saga, { input: {} })
  await seconds(engine, 3)
  await engine.until(sagaId, 'compensated')
  const key = `${sagaId}/main/pay/action/1`
  expect(keys).toEqual([key, `${key} other way, attempt 2`])
  expect(undone).toEqual([{ output: { id: 77 }, outcome: 'succeeded', actionIdempotencyKey: key }])
  expect(await eventsOf(backstep, sagaId)).toMatchObject([
    { type: 'saga_started' },
    { type: 'action_failed', attempt: 1 },
    { type: 'fallback_began', reason: 'circuit_open' },
    { type: 'action_succeeded', attempt: 2, via: 'fallback', output: { id: 77 } },
    { type: 'action_rejected' },
    { type: 'compensation_began' },
    { type: 'compensation_succeeded' },
    { type: 'saga_compensated' },
  ])
  expect(ended).toContainEqual(
    expect.objectContaining({ step: 'pay', kind: 'fallback', outcome: 'succeeded' }),
  )
  // The next one is taken there without an attempt at the action.
  const next = await backstep.start(saga, { input: {} })
  await settled()
  await engine.until(next.sagaId, 'compensated')
  expect(keys).toHaveLength(3)
})

test('a definition that has lost its fallback is stuck, and goes on once it is there again', async () => {
  const engine = new ClockedEngine()
  const { backstep, work } = bound(engine)
  const saga = order.step('pay', {
    action: new Participant().call,
    fallback: () => ({ id: 1 }),
    compensation: () => {},
    retry: { ...retry, maximumAttempts: 1 },
  })
  const pay = saga.handlers.get('pay')
  if (pay === undefined) throw new Error('There is no such step.')
  const { fallback: _, ...rest } = pay
  const without = { ...saga, handlers: new Map([['pay', rest]]) }
  await work([without], tuning)
  const { sagaId } = await backstep.start(without, { input: {} })
  await settled()
  await eventually(async () =>
    expect(await backstep.get(sagaId)).toMatchObject({ stuckCode: 'handler_missing' }),
  )
})

/** One process, and its two ends. */
function bound(engine: ClockedEngine): Pick<ReturnType<ClockedEngine['process']>, 'backstep'> & {
  readonly work: ReturnType<ClockedEngine['process']>['work']
} {
  const process = engine.process()
  return {
    backstep: process.backstep,
    work: (sagas, options) => process.work(sagas, options),
  }
}

test('what comes behind a choice is announced, and kept back, like anything else', async () => {
  const engine = new ClockedEngine()
  const { backstep, work } = bound(engine)
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
  await work([saga], tuning)
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
