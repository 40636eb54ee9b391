import { expect, test } from 'vitest'

import { eventually } from '../../support/eventually.ts'
import { MemoryStore } from '../../../packages/engine/src/memory/index.ts'
import type {
  CommitResult,
  OpenTransaction,
  TransactionalStore,
} from '../../../packages/engine/src/ports/transactional-store.ts'
import { away } from './intercepted-store.ts'
import { anyInput, defineSaga, engineOn, soon, typesOf, work } from './memory-engine.ts'

const attempts: number[] = []
const saga = defineSaga({ name: 'order', version: 1, input: anyInput })
  .step('pay', {
    transactional: true,
    retry: soon,
    action: async ({ transaction, attempt }) => {
      attempts.push(attempt)
      await transaction.query(`attempt ${attempt}`)
    },
    compensation: 'none',
    reason: 'a test',
  })
  .step('ship', { action: () => 'shipped', compensation: 'none', reason: 'a test' })

/** A store on whose first commit something else happens. */
function storeWith(
  store: MemoryStore,
  firstCommit: (commit: () => Promise<CommitResult>) => Promise<CommitResult>,
): TransactionalStore {
  let commits = 0
  return {
    begin: async (limits, signal) => {
      const open = await store.begin(limits, signal)
      if (open === null) return null
      const commit: OpenTransaction['commit'] = (record) => {
        commits += 1
        return commits === 1 ? firstCommit(() => open.commit(record)) : open.commit(record)
      }
      // A commit that is on its way is not called back by a rollback that nobody hears.
      const rollback = async (): Promise<void> => (commits === 1 ? undefined : open.rollback())
      return { handle: open.handle, commit, rollback }
    },
  }
}

/** Runs one saga to its end, and tells what is left of it. */
async function run(
  firstCommit: (commit: () => Promise<CommitResult>) => Promise<CommitResult>,
): Promise<object> {
  attempts.length = 0
  const store = new MemoryStore({ now: () => Date.now() })
  const { backstep } = engineOn(store, { transactions: storeWith(store, firstCommit) })
  await work(backstep, [saga])
  const { sagaId, result } = await backstep.start(saga, { input: {} })
  await expect(result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
  const committed = store.statements.map(({ text }) => text)
  return { committed, attempts: [...attempts], types: await typesOf(backstep, sagaId) }
}

const went = ['action_succeeded', 'saga_completed']

test('a commit without an answer that came about is found in the journal, and the turn goes on', async () => {
  const left = await run(async (commit) => {
    await commit()
    return { status: 'unknown', cause: new Error('Connection terminated unexpectedly') }
  })
  expect(left).toEqual({
    committed: ['attempt 1'],
    attempts: [1],
    types: ['saga_started', 'action_succeeded', ...went],
  })
})

test('a commit without an answer that did not come about is kept out by the row in its place', async () => {
  const onItsWay: (() => Promise<CommitResult>)[] = []
  const left = await run(async (commit) => {
    onItsWay.push(commit)
    return { status: 'unknown', cause: new Error('Connection terminated unexpectedly') }
  })
  expect(left).toEqual({
    committed: ['attempt 2'],
    attempts: [1, 2],
    types: ['saga_started', 'late_result', 'action_failed', 'action_succeeded', ...went],
  })
  // It is on its way for as long as it likes: there is no place for it any more.
  expect(await onItsWay[0]?.()).toEqual({ status: 'behind' })
})

test('a commit that was refused is a failed attempt', async () => {
  const left = await run(async () => ({
    status: 'rolled_back',
    cause: new Error('violates foreign key constraint'),
  }))
  expect(left).toEqual({
    committed: ['attempt 2'],
    attempts: [1, 2],
    types: ['saga_started', 'action_failed', 'action_succeeded', ...went],
  })
})

test('a transaction is asked for again while Postgres is away, and no attempt is spent on that', async () => {
  attempts.length = 0
  const store = new MemoryStore({ now: () => Date.now() })
  let asked = 0
  const transactions: TransactionalStore = {
    begin: async (limits, signal) => {
      asked += 1
      if (asked < 3) throw away()
      return store.begin(limits, signal)
    },
  }
  const { backstep } = engineOn(store, { transactions })
  await work(backstep, [saga])
  const { result } = await backstep.start(saga, { input: {} })
  await expect(result({ timeout: '4s' })).resolves.toMatchObject({ status: 'completed' })
  expect({ asked, attempts }).toEqual({ asked: 3, attempts: [1] })
})

test('a worker that stops hands back what still waits for its transaction', async () => {
  attempts.length = 0
  const store = new MemoryStore({ now: () => Date.now() })
  const waiting = Promise.withResolvers<void>()
  const full: TransactionalStore = {
    begin: (_, signal) => {
      waiting.resolve()
      const { promise, resolve } = Promise.withResolvers<null>()
      signal.addEventListener('abort', () => resolve(null), { once: true })
      return promise
    },
  }
  const busy = engineOn(store, { transactions: full })
  const options = { lease: '5m', shutdownGrace: '200ms', abortGrace: '50ms' } as const
  const worker = await work(busy.backstep, [saga], options)
  const { sagaId } = await busy.backstep.start(saga, { input: {} })
  await waiting.promise
  await worker.stop()
  await eventually(async () => {
    expect(await store.listTasks(sagaId)).toMatchObject([{ claimed: false }])
  })
  const { backstep } = engineOn(store)
  await work(backstep, [saga])
  const result = await backstep.result(sagaId, { timeout: '3s' })
  expect({ status: result.status, attempts }).toEqual({ status: 'completed', attempts: [1] })
  expect(await typesOf(backstep, sagaId)).not.toContain('lease_lost')
})
