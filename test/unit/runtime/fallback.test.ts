import { expect, test } from 'vitest'
import { reject } from '../../../packages/engine/src/definition/rejection.ts'
import { eventually } from '../../support/eventually.ts'
import { Participant, retry, seconds, tuning } from './circuit-scene.ts'
import { ClockedEngine, settled } from './clocked-engine.ts'
import { anyInput, defineSaga, eventsOf } from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput })

test('an open circuit has the fallback take the step at once, under the same key, undone the same way', async () => {
  const engine = new ClockedEngine()
  const process = engine.process()
  const { backstep } = process
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
  await process.work([saga], { ...tuning, observer: { stepEnded: (event) => ended.push(event) } })
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
})

test('while it is open, sagas begin with the fallback', async () => {
  const engine = new ClockedEngine()
  const process = engine.process()
  const participant = new Participant()
  const saga = order.step('pay', {
    action: participant.call,
    fallback: () => ({ id: 77 }),
    compensation: () => {},
    breaker: { consecutiveFailures: 1, halfOpenAfter: '1h' },
  })
  await process.work([saga], tuning)
  for (let sagas = 0; sagas < 3; sagas += 1) {
    const { sagaId } = await process.backstep.start(saga, { input: {} })
    await seconds(engine, 2)
    await engine.until(sagaId, 'completed')
  }
  expect(participant.calls).toBe(1)
  expect(process.seats).toEqual([true, true, true])
})

test('a definition that has lost its fallback is stuck, and goes on once it is there again', async () => {
  const engine = new ClockedEngine()
  const process = engine.process()
  const { backstep } = process
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
  await process.work([without], tuning)
  const { sagaId } = await backstep.start(without, { input: {} })
  await settled()
  await eventually(async () =>
    expect(await backstep.get(sagaId)).toMatchObject({ stuckCode: 'handler_missing' }),
  )
})
