import { randomUUID } from 'node:crypto'
import { setTimeout as passTime } from 'node:timers/promises'

import { expect, onTestFinished, test } from 'vitest'

import type { MemoryStore } from '../../../packages/engine/src/memory/index.ts'
import { eventually } from '../../support/eventually.ts'
import { anyInput, defineSaga, memoryEngine, work } from '../../unit/runtime/memory-engine.ts'
import { noQueue } from './no-queue.ts'

const STREAMS = 12
const SLOTS = 5

/** Claims what is in the queue and lets it be lost, twice: the second time only after a while. */
async function loseTwice(store: MemoryStore, queue: string): Promise<void> {
  const search = { queues: [queue], limit: 1 }
  const [hint] = await eventually(async () => {
    const hints = await store.findOverdue(search)
    expect(hints).toHaveLength(1)
    return hints
  })
  if (hint === undefined) throw new Error('Nothing is due.')
  await store.claim([{ ...hint, claimId: randomUUID(), leaseMs: 1, known: null }])
  const takeOver = { ...search, leaseMs: 1_000 }
  await eventually(async () => expect(await store.takeOver(takeOver)).toHaveLength(1))
}

test('a saga that must run alone gets its turn on a worker that is never idle', async () => {
  const { backstep, store } = memoryEngine({ queue: noQueue })
  const order = defineSaga({ name: 'order', version: 1, input: anyInput })
  // Longer than a lease: a worker that waits only that long is never alone.
  const slow = order.step('slow', { action: () => passTime(450), compensation: () => {} })
  const unlucky = defineSaga({ name: 'unlucky', version: 1, input: anyInput }).step('lost', {
    queue: 'unlucky',
    action: () => {},
    compensation: () => {},
  })
  const lost = await backstep.start(unlucky, { input: {} })
  await loseTwice(store, 'unlucky')

  const end = new AbortController()
  const stream = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const started = await backstep.start(slow, { input: {} })
      await started.result().catch(() => {})
    }
  }
  for (let count = 0; count < STREAMS; count += 1) void stream().catch(() => {})
  onTestFinished(() => end.abort())
  await work(backstep, [slow, unlucky], { concurrency: SLOTS })
  // Each try in vain doubles the next one's patience: on a machine that is starved, four of them alone take nine seconds.
  await expect(lost.result({ timeout: '25s' })).resolves.toMatchObject({ status: 'completed' })
})
