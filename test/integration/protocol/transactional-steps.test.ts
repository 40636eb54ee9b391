import { startWorker, type SagaEvent } from '@backstep/engine'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'

import { eventually } from '../../support/eventually.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { createMigratedDatabase, type MigratedDatabase } from '../postgres/migrated-database.ts'
import { contradictions } from './audit.ts'
import { postgresEngine, type PostgresEngine } from './postgres-engine.ts'
import { balances, createAccounts, movesOf, transferSaga } from './transfer-saga.ts'
import { endSession, placeTurnstiles, Turnstile, untilIdle } from './turnstile.ts'

const tuning = { sweep: '30ms', abortGrace: '100ms', shutdownGrace: '2s' } as const
const audit = { actor: 'ada', reason: 'a test' }
const transfer = { from: 'ann', to: 'ben', cents: 10, refused: false }

let database: MigratedDatabase
let client: PostgresEngine

beforeAll(async () => {
  database = await createMigratedDatabase()
  client = postgresEngine(database.url)
  await createAccounts(database.pool, ['ann', 'ben'])
  await placeTurnstiles(database.pool)
})

afterAll(async () => {
  await client.backstep.close()
  await database.drop()
})

/** A worker behind a proxy that ends with the test. */
async function workBehindProxy(): Promise<TcpProxy> {
  const proxy = await TcpProxy.start(database.url)
  const engine = postgresEngine(proxy.url)
  const worker = await startWorker({ backstep: engine.backstep, sagas: [transferSaga], ...tuning })
  onTestFinished(async () => {
    proxy.setMode({ kind: 'pass' })
    await worker.stop()
    await engine.backstep.close()
    await proxy.close()
  })
  return proxy
}

function isOfDebit(event: SagaEvent): boolean {
  return 'step' in event && event.step === 'debit'
}

/** What the journal says of attempts at the debit, in order. */
async function debitsOf(sagaId: string): Promise<readonly string[]> {
  const { journal } = await client.backstep.describe(sagaId)
  return journal.flatMap(({ events }) => events.filter(isOfDebit).map(({ type }) => type))
}

/** Starts a saga, strikes it, and sees that everything happened once all the same. */
async function transferUnder(strike: () => Promise<void>): Promise<readonly string[]> {
  const { backstep } = client
  const before = await balances(database.pool)
  const { sagaId } = await backstep.start(transferSaga, { input: transfer })
  await strike()
  const result = await backstep.result(sagaId, { timeout: '20s' })
  expect(result.status).toBe('completed')
  expect(await movesOf(database.pool, sagaId)).toEqual(['credit', 'debit'])
  const { ann = 0, ben = 0 } = before
  expect(await balances(database.pool)).toEqual({ ann: ann - 10, ben: ben + 10 })
  expect(await contradictions(database.pool)).toEqual([])
  return debitsOf(sagaId)
}

/** What the journal then has of the debit. A commit without an answer is settled by a row in its place. */
const leftBy = {
  statement: ['action_failed', 'action_succeeded'],
  append: ['action_failed', 'action_succeeded'],
  commit: ['late_result', 'action_failed', 'action_succeeded'],
} as const

test.for(['statement', 'append', 'commit'] as const)(
  'a session that ends in the %s leaves nothing, and the next attempt does it all',
  async (place) => {
    await workBehindProxy()
    const turnstile = await Turnstile.close(database.pool, place)
    const debits = await transferUnder(async () => {
      await endSession(database.pool, await turnstile.reached())
      await turnstile.open()
    })
    expect(debits).toEqual(leftBy[place])
  },
)

test('a commit that never arrives leaves nothing, and nobody guesses', async () => {
  const proxy = await workBehindProxy()
  const turnstile = await Turnstile.close(database.pool, 'append')
  const debits = await transferUnder(async () => {
    const pid = await turnstile.reached()
    proxy.setMode({ kind: 'blackhole', direction: 'up' })
    await turnstile.open()
    await untilIdle(database.pool, pid, 'idle in transaction')
    proxy.cut()
    proxy.setMode({ kind: 'pass' })
  })
  expect(debits).toEqual(['late_result', 'action_failed', 'action_succeeded'])
})

test('who stands still between append and commit holds nobody up for long', async () => {
  const proxy = await workBehindProxy()
  const { backstep } = client
  const before = await balances(database.pool)
  const turnstile = await Turnstile.close(database.pool, 'append')
  const { sagaId } = await backstep.start(transferSaga, { input: transfer })
  const pid = await turnstile.reached()
  proxy.setMode({ kind: 'blackhole', direction: 'up' })
  await turnstile.open()
  await untilIdle(database.pool, pid, 'idle in transaction')
  // The request wants the number of the row that is not committed, and gets it when the server has ended that session.
  await backstep.cancel(sagaId, audit)
  proxy.setMode({ kind: 'pass' })
  const result = await backstep.result(sagaId, { timeout: '20s' })
  expect(result.status).toBe('compensated')
  expect(await movesOf(database.pool, sagaId)).toEqual([])
  expect(await debitsOf(sagaId)).toEqual(['action_failed'])
  expect(await balances(database.pool)).toEqual(before)
})

test('a commit whose answer is lost stands, and the turn goes on', async () => {
  const proxy = await workBehindProxy()
  const turnstile = await Turnstile.close(database.pool, 'commit')
  let sagaId = ''
  const debits = await transferUnder(async () => {
    sagaId = (await client.backstep.list({ status: 'running' }))[0]?.sagaId ?? ''
    const pid = await turnstile.reached()
    proxy.setMode({ kind: 'blackhole', direction: 'down' })
    await turnstile.open()
    await untilIdle(database.pool, pid, 'idle')
    proxy.cut()
    proxy.setMode({ kind: 'pass' })
  })
  expect(debits).toEqual(['action_succeeded'])
  const { journal } = await client.backstep.describe(sagaId)
  expect(journal.flatMap(({ events }) => events.map(({ type }) => type))).toEqual([
    'saga_started',
    'action_succeeded',
    'action_succeeded',
    'action_starting',
    'action_succeeded',
    'saga_completed',
  ])
})

test('a cancel that comes while the handler works does not cost its work: it is committed, and then undone', async () => {
  await workBehindProxy()
  const { backstep } = client
  const before = await balances(database.pool)
  const turnstile = await Turnstile.close(database.pool, 'statement')
  const { sagaId } = await backstep.start(transferSaga, { input: transfer })
  await turnstile.reached()
  await backstep.cancel(sagaId, audit)
  await turnstile.open()
  const result = await backstep.result(sagaId, { timeout: '20s' })
  expect(result.status).toBe('compensated')
  expect(await movesOf(database.pool, sagaId)).toEqual(['debit', 'undo debit'])
  expect(await debitsOf(sagaId)).toEqual(['action_succeeded', 'compensation_succeeded'])
  expect(await balances(database.pool)).toEqual(before)
})

/** Makes a saga's lease look as if its worker had not been heard of, until somebody takes it over. */
async function loseLease(sagaId: string): Promise<void> {
  const { rows } = await database.pool.query<{ readonly claim_id: string }>(
    'select claim_id from backstep.saga_tasks where saga_id = $1',
    [sagaId],
  )
  await eventually(async () => {
    // Of this claim only: who takes the task over is to keep it.
    await database.pool.query(
      `update backstep.saga_tasks
      set due_at = clock_timestamp(), lease_until = clock_timestamp() - interval '1 second'
      where saga_id = $1 and claim_id = $2`,
      [sagaId, rows[0]?.claim_id],
    )
    const { journal } = await client.backstep.describe(sagaId)
    const types = journal.flatMap(({ events }) => events.map(({ type }) => type))
    expect(types).toContain('lease_lost')
  })
}

test('what a handler did whose claim was lost is rolled back, though it ends well', async () => {
  await workBehindProxy()
  const turnstile = await Turnstile.close(database.pool, 'statement')
  let sagaId = ''
  await transferUnder(async () => {
    await turnstile.reached()
    const running = await client.backstep.list({ status: 'running' })
    expect(running).toHaveLength(1)
    sagaId = running[0]?.sagaId ?? ''
    await loseLease(sagaId)
    await turnstile.open()
  })
  // The late result, of the attempt that was rolled back, may come after the end.
  await eventually(async () => {
    expect((await debitsOf(sagaId)).toSorted()).toEqual(['action_succeeded', 'late_result'])
  })
})
