import { expect, test } from 'vitest'

import { anyInput, defineSaga, memoryEngine, work } from '../../unit/runtime/memory-engine.ts'
import { noQueue } from './no-queue.ts'

const OTHERS = 4
const SAGAS = 30

test('while hints are lost, workers of other queues do not hide a task from its own queue', async () => {
  const { backstep } = memoryEngine({ queue: noQueue })
  const step = { action: () => {}, compensation: () => {} }
  const order = defineSaga({ name: 'order', version: 1, input: anyInput })
  const saga = order.step('pay', { ...step, queue: 'payments' })
  const other = defineSaga({ name: 'other', version: 1, input: anyInput }).step('ship', step)
  for (let count = 0; count < OTHERS; count += 1) await work(backstep, [other])
  await work(backstep, [saga])
  // One after another: no sweep finds them all at once.
  for (let count = 0; count < SAGAS; count += 1) {
    const { result } = await backstep.start(saga, { input: {} })
    await expect(result({ timeout: '1s' })).resolves.toMatchObject({ status: 'completed' })
  }
})
