import { expect, test } from 'vitest'

import { ManualClock } from '../../../packages/engine/src/memory/index.ts'
import type {
  GrantAnswer,
  GrantRequest,
  Limits,
  Refusal,
} from '../../../packages/engine/src/ports/queue-store.ts'
import { LimitedQueue } from '../../../packages/engine/src/runtime/limited-queue.ts'
import { silentLogger } from '../../../packages/engine/src/runtime/silent-logger.ts'
import { Slots } from '../../../packages/engine/src/runtime/slots.ts'
import { systemIds } from '../../../packages/engine/src/runtime/system-ids.ts'

/** A limited queue whose store answers as it is told to, and what was asked of it. */
class Scene {
  readonly clock = new ManualClock()
  readonly slots: Slots
  readonly asked: GrantRequest[] = []
  readonly ends: (() => void)[] = []
  readonly queue: LimitedQueue
  answer: (request: GrantRequest) => GrantAnswer | Promise<GrantAnswer>
  limits: Limits = { maximumConcurrency: 3, rate: null }
  stopping = false

  constructor(refusal: Refusal | null, slots = 10) {
    this.slots = new Slots(slots)
    this.answer = () => ({ grants: [], refusal })
    this.queue = new LimitedQueue('payments', {
      pauses: { holdsQueue: () => false },
      limits: {
        grant: async (request) => {
          this.asked.push(request)
          return this.answer(request)
        },
      },
      tasks: {
        claim: async (batch) =>
          batch.map(({ sagaId, branch, claimId }) => {
            const journal = { type: 'whole', entries: [] } as const
            return { sagaId, branch, queue: 'payments', claimId, wake: 0, now: 0, journal }
          }),
      },
      known: { limitsOf: () => this.limits },
      clock: this.clock,
      ids: systemIds,
      logger: silentLogger,
      slots: this.slots,
      leaseMs: 10_000,
      signal: new AbortController().signal,
      observer: { claimsRefused: () => {} },
      isStopping: () => this.stopping,
      recall: () => null,
      run: () => this.#run(),
    })
  }

  async #run(): Promise<void> {
    await new Promise<void>((resolve) => this.ends.push(resolve))
    this.slots.leave()
  }

  /** Grants all that is asked for. */
  generous(): void {
    this.answer = ({ claimIds }) => ({
      grants: claimIds.map((claimId) => {
        return { sagaId: claimId, branch: 'main', queue: 'payments', nonce: 'n', claimId }
      }),
      refusal: null,
    })
  }

  /** Lets everything come about that waits for nothing but its turn. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
  }
}

test('ten thousand hints cost two requests', async () => {
  const scene = new Scene({ by: 'concurrency' })
  for (let hint = 0; hint < 10_000; hint += 1) scene.queue.wake()
  await scene.settle()
  expect(scene.asked).toHaveLength(2)
  expect(scene.slots.active).toBe(0)
})

test('who has all the slots asks for none, until a step has ended', async () => {
  const scene = new Scene(null)
  scene.generous()
  scene.queue.wake()
  await scene.settle()
  expect(scene.asked.map(({ claimIds }) => claimIds.length)).toEqual([3])
  for (let hint = 0; hint < 100; hint += 1) scene.queue.wake()
  await scene.settle()
  expect(scene.asked).toHaveLength(1)
  scene.ends[0]?.()
  await scene.settle()
  expect(scene.asked.map(({ claimIds }) => claimIds.length)).toEqual([3, 1])
})

test('asks for no more than there are free slots in the worker', async () => {
  const scene = new Scene(null, 2)
  scene.generous()
  scene.queue.wake()
  await scene.settle()
  expect(scene.asked.map(({ claimIds }) => claimIds.length)).toEqual([2])
  scene.ends[0]?.()
  await scene.settle()
  expect(scene.asked.map(({ claimIds }) => claimIds.length)).toEqual([2, 1])
})

test('asks again when there is a token, once, and not after it was told to stop', async () => {
  const scene = new Scene({ by: 'rate', retryAfterMs: 400 })
  scene.limits = { maximumConcurrency: null, rate: { limit: 5, perMs: 2_000 } }
  scene.queue.wake()
  await scene.settle()
  scene.queue.wake()
  await scene.settle()
  expect(scene.asked).toHaveLength(2)
  await scene.clock.advance(399)
  expect(scene.asked).toHaveLength(2)
  await scene.clock.advance(2)
  await scene.settle()
  expect(scene.asked).toHaveLength(3)
  scene.stopping = true
  await scene.queue.stop()
  await scene.clock.advance(10_000)
  expect(scene.asked).toHaveLength(3)
})

test('takes the tokens of a fast rate several at a time, and those of a small bucket one by one', async () => {
  const scene = new Scene({ by: 'rate', retryAfterMs: 1 })
  scene.limits = { maximumConcurrency: null, rate: { limit: 1_000, perMs: 1_000 } }
  scene.queue.wake()
  await scene.settle()
  await scene.clock.advance(49)
  await scene.settle()
  expect(scene.asked).toHaveLength(1)
  scene.limits = { maximumConcurrency: null, rate: { limit: 1, perMs: 10 } }
  await scene.clock.advance(2)
  await scene.settle()
  expect(scene.asked).toHaveLength(2)
  await scene.clock.advance(6)
  await scene.settle()
  expect(scene.asked).toHaveLength(3)
})

test('a request that fails gives its slots back, and the next one goes its way', async () => {
  const scene = new Scene(null)
  scene.answer = () => Promise.reject(new Error('Postgres is away.'))
  scene.queue.wake()
  await scene.settle()
  expect(scene.slots.active).toBe(0)
  scene.generous()
  scene.queue.wake()
  await scene.settle()
  expect(scene.slots.active).toBe(3)
})
