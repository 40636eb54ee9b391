import { expect, test } from 'vitest'

import type { RunningWorker } from '../../../packages/engine/src/runtime/start-worker.ts'
import { eventually } from '../../support/eventually.ts'
import { interceptedStore } from '../../unit/runtime/intercepted-store.ts'
import {
  anyInput,
  defineSaga,
  engineOn,
  memoryEngine,
  work,
} from '../../unit/runtime/memory-engine.ts'
import { noQueue } from './no-queue.ts'

const SAGAS = 200
const SLOTS = 10

test('a sweep whose finds are done before its round is over goes on at once while there is more', async () => {
  const { store } = memoryEngine()
  let ran = 0
  let worker: RunningWorker | null = null
  const idle = (): void => {
    if (worker !== null && worker.active > 0) throw new Error(`${worker.active} turns go on.`)
  }
  const { backstep } = engineOn(
    interceptedStore(store, async ({ method, pass }) => {
      // The last statement of a round takes longer than the turns that it began.
      if (method === 'findUndispatched') await eventually(idle)
      return pass()
    }),
    { queue: noQueue },
  )
  const saga = defineSaga({ name: 'order', version: 1, input: anyInput }).step('one', {
    action: () => void (ran += 1),
    compensation: () => {},
  })
  for (let count = 0; count < SAGAS; count += 1) await backstep.start(saga, { input: {} })
  const search = { queues: ['default'], limit: SAGAS }
  await eventually(async () => expect(await store.findOverdue(search)).toHaveLength(SAGAS))
  // Had each round to wait for the next interval, this would take a minute.
  worker = await work(backstep, [saga], { concurrency: SLOTS, sweep: '3s' })
  await eventually(() => expect(ran).toBe(SAGAS), { timeoutMs: 2_500 })
})
