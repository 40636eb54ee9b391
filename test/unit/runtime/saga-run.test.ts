import { expect, test } from 'vitest'
import { z } from 'zod'
import { reject } from '../../../packages/engine/src/definition/rejection.ts'
import { startWorker } from '../../../packages/engine/src/runtime/start-worker.ts'
import { defineSaga, memoryEngine, quickTuning } from './memory-engine.ts'

const input = z.object({ amount: z.number() })

test('a saga runs through its steps and gives its output', async () => {
  const { backstep } = memoryEngine()
  const saga = defineSaga({ name: 'order', version: 1, input })
    .step('reserve', { action: () => ({ id: 'r1' }), compensation: () => {} })
    .pivot('charge', { action: ({ input: { amount } }) => ({ charged: amount }) })
    .step('ship', { action: ({ results }) => ({ code: `${results.reserve.id}-shipped` }) })
    .output(({ results }) => ({ code: results.ship.code, paid: results.charge.charged }))
  const worker = await startWorker({ backstep, sagas: [saga], ...quickTuning })
  const handle = await backstep.start(saga, { input: { amount: 5 } })
  const result = await handle.result({ timeout: '5s' })
  expect(result).toEqual({
    status: 'completed',
    sagaId: handle.sagaId,
    output: { code: 'r1-shipped', paid: 5 },
  })
  const { journal } = await backstep.describe(handle.sagaId)
  expect(journal.map(({ events }) => events.map(({ type }) => type))).toEqual([
    ['saga_started'],
    ['action_succeeded', 'action_starting'],
    ['action_succeeded'],
    ['action_succeeded', 'saga_completed'],
  ])
  await worker.stop()
  await backstep.close()
})

test('a rejection at the pivot undoes what was done, last first', async () => {
  const { backstep } = memoryEngine()
  const undone: string[] = []
  const undo = (name: string) => () => {
    undone.push(name)
  }
  const saga = defineSaga({ name: 'order', version: 1, input })
    .step('one', { action: () => 1, compensation: undo('one') })
    .step('two', { action: () => 2, compensation: undo('two') })
    .pivot('charge', {
      action: () => {
        throw reject('card_declined', 'no')
      },
    })
  const worker = await startWorker({ backstep, sagas: [saga], ...quickTuning })
  const handle = await backstep.start(saga, { input: { amount: 5 } })
  const result = await handle.result({ timeout: '5s' })
  expect(result).toMatchObject({
    status: 'compensated',
    failure: { kind: 'rejection', code: 'card_declined', step: 'charge' },
  })
  expect(undone).toEqual(['two', 'one'])
  await worker.stop()
  await backstep.close()
})
