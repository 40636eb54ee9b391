import { randomUUID } from 'node:crypto'

import { expect, test } from 'vitest'

import type { MemoryStore } from '../../../packages/engine/src/memory/index.ts'
import { eventually } from '../../support/eventually.ts'
import { interceptedStore } from '../../unit/runtime/intercepted-store.ts'
import {
  anyInput,
  audit,
  defineSaga,
  engineOn,
  memoryEngine,
  typesOf,
  work,
} from '../../unit/runtime/memory-engine.ts'
import { noQueue } from './no-queue.ts'

const DUE = { queues: ['default'], limit: 1 } as const

/** Takes the first step of a saga, as a worker would that ends its turn there. */
async function takeFirstStep(store: MemoryStore, sagaId: string): Promise<void> {
  const [hint] = await eventually(async () => {
    const hints = await store.findOverdue(DUE)
    expect(hints).toHaveLength(1)
    return hints
  })
  const claimId = randomUUID()
  if (hint === undefined) throw new Error('Nothing is due.')
  await store.claim([{ ...hint, claimId, leaseMs: 60_000, known: null }])
  const step = { branch: 'main', step: 'one', attempt: 1 } as const
  const next = { branch: 'main', queue: 'default', nonce: `n${'1'.repeat(32)}` }
  await store.append([
    {
      sagaId,
      seq: 2,
      appendId: randomUUID(),
      events: [{ type: 'action_succeeded', ...step, output: null }],
      task: { type: 'replace', claimId, next: { ...next, delayMs: 0, dispatchGraceMs: 0 } },
      row: null,
      snapshot: null,
      afterId: null,
    },
  ])
}

test('a claim whose loss is in the very journal that comes with it decides nothing', async () => {
  const { store } = memoryEngine()
  const ran: string[] = []
  let sweeps = 0
  const saga = defineSaga({ name: 'order', version: 1, input: anyInput })
    .step('one', { action: () => void ran.push('one'), compensation: () => void ran.push('undo') })
    .step('two', {
      action: () => void ran.push('two'),
      compensation: () => {},
      retry: { maximumAttempts: 1 },
    })
  const client = engineOn(store, { queue: noQueue }).backstep
  const { sagaId } = await client.start(saga, { input: {} })
  await takeFirstStep(store, sagaId)

  // The answer takes longer than the lease: another worker takes over, and somebody asks for a cancel.
  const { backstep } = engineOn(
    interceptedStore(store, async ({ method, pass }) => {
      const answer = await pass()
      if (method !== 'claim' || !Array.isArray(answer) || !answer[0]) return answer
      const takeOver = { ...DUE, leaseMs: 60_000 }
      await eventually(async () => expect(await store.takeOver(takeOver)).toHaveLength(1))
      await client.cancel(sagaId, audit)
      sweeps = 0
      const entries = await store.readJournal(sagaId, 0)
      return [{ ...answer[0], journal: { type: 'whole', entries } }]
    }),
    { queue: noQueue },
  )
  await work(backstep, [saga], { observer: { swept: () => void (sweeps += 1) } })
  await eventually(() => expect(sweeps).toBeGreaterThan(3))
  expect(await typesOf(client, sagaId)).toEqual([
    'saga_started',
    'action_succeeded',
    'lease_lost',
    'cancel_requested',
  ])
  expect(ran).toEqual([])
})
