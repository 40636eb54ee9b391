import { expect, test } from 'vitest'

import { eventually } from '../../support/eventually.ts'
import { gate } from '../../unit/runtime/gate.ts'
import { interceptedStore } from '../../unit/runtime/intercepted-store.ts'
import {
  anyInput,
  defineSaga,
  engineOn,
  memoryEngine,
  work,
} from '../../unit/runtime/memory-engine.ts'
import { noQueue } from './no-queue.ts'

const saga = defineSaga({ name: 'order', version: 1, input: anyInput }).step('one', {
  action: () => {},
  compensation: () => {},
})

test('a worker that is told to stop in the middle of a sweep claims nothing any more', async () => {
  const { store } = memoryEngine()
  const [asked, answer] = [gate(), gate()]
  const { backstep } = engineOn(
    interceptedStore(store, async ({ method, pass }) => {
      if (method === 'takeOver') {
        asked.open()
        await answer.passed
      }
      return pass()
    }),
    { queue: noQueue },
  )
  const worker = await work(backstep, [saga], { eagerFirstTurn: false })
  await asked.passed
  const { sagaId } = await backstep.start(saga, { input: {} })
  await eventually(async () => {
    expect(await store.findOverdue({ queues: ['default'], limit: 1 })).toHaveLength(1)
  })
  const stopped = worker.stop()
  answer.open()
  await stopped
  expect(await store.listTasks(sagaId)).toMatchObject([{ claimed: false, deliveries: 0 }])
})
