import { setTimeout as passTime } from 'node:timers/promises'

import { createBackstep, type Backstep, type SagaRow } from '@backstep/engine'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { contradictions } from '../integration/protocol/audit.ts'
import {
  balances,
  createAccounts,
  movesOf,
  transferSaga,
} from '../integration/protocol/transfer-saga.ts'
import { placeTurnstiles, Turnstile } from '../integration/protocol/turnstile.ts'
import { createEngineDatabase } from '../support/engine-database.ts'
import { eventually } from '../support/eventually.ts'
import { SpawnedProcess } from '../support/spawned-process.ts'
import type { TestDatabase } from '../support/test-database.ts'

const ACCOUNTS = ['ann', 'ben', 'cleo', 'dan', 'eve'] as const
const WORKERS = 3
const KILLS = 6
const SAGAS_PER_KILL = 40

let database: TestDatabase
let pool: Pool
let backstep: Backstep

beforeAll(async () => {
  database = await createEngineDatabase()
  pool = new Pool({ connectionString: database.url })
  await createAccounts(pool, ACCOUNTS)
  await placeTurnstiles(pool)
  backstep = createBackstep({ databaseUrl: database.url })
})

afterAll(async () => {
  await backstep.close()
  await pool.end()
  await database.drop()
})

/** A worker process that has begun to work. */
async function startProcess(): Promise<SpawnedProcess> {
  const worker = new SpawnedProcess({
    args: ['test/e2e/fixtures/transfer-worker.ts'],
    env: { DATABASE_URL: database.url },
  })
  await eventually(() => expect(worker.stdout + worker.stderr).toBe('ready\n'), {
    timeoutMs: 30_000,
  })
  return worker
}

async function kill(worker: SpawnedProcess): Promise<void> {
  worker.kill('SIGKILL')
  await worker.ended()
}

/** Which attempt at the debit succeeded. */
async function successOf(sagaId: string): Promise<readonly number[]> {
  const { journal } = await backstep.describe(sagaId)
  return journal
    .flatMap(({ events }) => events)
    .flatMap((event) =>
      event.type === 'action_succeeded' && event.step === 'debit' ? [event.attempt] : [],
    )
}

/** A commit that has begun goes on without its client. */
test.for([
  ['statement', 2],
  ['append', 2],
  ['commit', 1],
] as const)(
  'a process that is killed in the %s moves everything once',
  async ([place, attempt]) => {
    const before = await balances(pool)
    const victim = await startProcess()
    const turnstile = await Turnstile.close(pool, place)
    const transfer = { from: 'ann', to: 'ben', cents: 10, refused: false }
    const saga = await backstep.start(transferSaga, { input: transfer })
    await turnstile.reached()
    await kill(victim)
    await turnstile.open()
    const other = await startProcess()
    const result = await saga.result({ timeout: '30s' })
    await kill(other)
    expect(result.status).toBe('completed')
    expect(await movesOf(pool, saga.sagaId)).toEqual(['credit', 'debit'])
    const { ann = 0, ben = 0 } = before
    expect(await balances(pool)).toMatchObject({ ann: ann - 10, ben: ben + 10 })
    expect(await successOf(saga.sagaId)).toEqual([attempt])
  },
)

interface Transfer {
  readonly sagaId: string
  readonly from: string
  readonly to: string
  readonly cents: number
}

/** Starts many sagas, some of which are refused in the end. */
async function startMany(): Promise<readonly Transfer[]> {
  return Promise.all(
    Array.from({ length: SAGAS_PER_KILL }, async (_, index) => {
      const from = ACCOUNTS[index % ACCOUNTS.length] ?? 'ann'
      const to = ACCOUNTS[(index + 1 + (index % 3)) % ACCOUNTS.length] ?? 'ben'
      const input = { from, to, cents: 1 + (index % 4), refused: index % 5 === 0 }
      const { sagaId } = await backstep.start(transferSaga, { input })
      return { sagaId, ...input }
    }),
  )
}

async function liveSagas(): Promise<readonly SagaRow[]> {
  return backstep.list({ status: ['running', 'compensating', 'stuck'], limit: 1_000 })
}

/** What each account must have once exactly these were carried out. */
function after(
  before: Readonly<Record<string, number>>,
  transfers: readonly Transfer[],
): Readonly<Record<string, number>> {
  const balance = new Map(Object.entries(before))
  for (const { from, to, cents } of transfers) {
    balance.set(from, (balance.get(from) ?? 0) - cents)
    balance.set(to, (balance.get(to) ?? 0) + cents)
  }
  return Object.fromEntries(balance)
}

const everyMove = ['credit', 'debit', 'undo credit', 'undo debit']

const patience = { timeout: 240_000 }

test('money is moved once, or there and back, while workers are killed', patience, async () => {
  const before = await balances(pool)
  // Who comes in the place of a killed one begins while the others are at work.
  const workers = Array.from({ length: WORKERS }, startProcess)
  await Promise.all(workers)
  const transfers: Transfer[] = []
  for (let kills = 0; kills < KILLS; kills += 1) {
    transfers.push(...(await startMany()))
    await passTime(Math.random() * 100)
    const victim = await workers.shift()
    expect((await liveSagas()).length, 'a fault that would prove nothing').toBeGreaterThan(0)
    if (victim !== undefined) await kill(victim)
    workers.push(startProcess())
  }
  await eventually(async () => expect(await liveSagas()).toEqual([]), { timeoutMs: 60_000 })
  await Promise.all(workers.map(async (worker) => kill(await worker)))

  const rows = await Promise.all(transfers.map(({ sagaId }) => backstep.get(sagaId)))
  const done = transfers.filter((_, index) => rows[index]?.status === 'completed')
  const undone = rows.filter(({ status }) => status === 'compensated')
  expect(undone).toHaveLength(transfers.length / 5)
  expect(done).toHaveLength(transfers.length - undone.length)
  for (const { sagaId, status } of rows) {
    const moves = status === 'completed' ? everyMove.slice(0, 2) : everyMove
    expect(await movesOf(pool, sagaId), sagaId).toEqual(moves)
  }
  expect(await balances(pool)).toEqual(after(before, done))
  expect(await contradictions(pool)).toEqual([])
})
