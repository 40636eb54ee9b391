import { defineSaga, kyselyOf, startWorker, type StepTransaction } from '@backstep/engine'
import { MemoryStore } from '@backstep/engine/memory'
import { openPostgres, PostgresStore, type PostgresConnection } from '@backstep/engine/postgres'
import { sql } from 'kysely'
import { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'

import { TransactionPool } from '../../../packages/engine/src/postgres/transaction-pool.ts'
import { eventually } from '../../support/eventually.ts'
import { postgresEngine } from '../protocol/postgres-engine.ts'
import { createMigratedDatabase, type MigratedDatabase } from './migrated-database.ts'
import { appendRecord, startRecord } from './saga-writer.ts'

type Transaction = NonNullable<Awaited<ReturnType<PostgresStore['begin']>>>

const limits = { statementMs: 10_000, idleMs: 10_000 }
const always = new AbortController().signal

let database: MigratedDatabase
let store: PostgresStore

beforeAll(async () => {
  database = await createMigratedDatabase()
  store = database.store
  await database.pool.query(`
    create table notes (id int primary key, text text not null);
    create table lines (note int references notes deferrable initially deferred)`)
})

beforeEach(async () => {
  await database.pool.query('delete from lines; delete from notes')
})

afterAll(() => database.drop())

async function begin(how: Partial<typeof limits> = {}, from = store): Promise<Transaction> {
  const transaction = await from.begin({ ...limits, ...how }, always)
  if (transaction === null) throw new Error('No transaction was begun.')
  onTestFinished(() => transaction.rollback())
  return transaction
}

async function note(handle: StepTransaction, id = 1, text = 'hello'): Promise<void> {
  await handle.query('insert into notes values ($1, $2)', [id, text])
}

async function notes(): Promise<readonly number[]> {
  const { rows } = await database.pool.query<{ id: number }>('select id from notes order by id')
  return rows.map(({ id }) => id)
}

/** Commits a transaction with the second row of a saga of its own. */
async function commit(transaction: Transaction): Promise<string> {
  const { sagaId } = await startedSaga()
  const { status } = await transaction.commit(appendRecord(sagaId))
  const rows = await store.readJournal(sagaId, 1)
  expect(rows).toHaveLength(status === 'committed' ? 1 : 0)
  return status
}

async function startedSaga(): Promise<{ readonly sagaId: string }> {
  const record = startRecord()
  await store.start([record])
  return record
}

/** A connection of the test's own, with so many places. */
function connect(transactionConnections: number): PostgresConnection {
  const connection = openPostgres({ databaseUrl: database.url, transactionConnections })
  onTestFinished(() => connection.close())
  return connection
}

test('rows of the handler are there with the journal row, and not before', async () => {
  const transaction = await begin()
  await note(transaction.handle)
  const kysely = kyselyOf<{ notes: { id: number; text: string } }>(transaction.handle)
  await kysely.insertInto('notes').values({ id: 2, text: 'by Kysely' }).execute()
  expect(await kysely.selectFrom('notes').select('id').execute()).toHaveLength(2)
  expect(kysely.isTransaction).toBe(true)
  expect(await notes()).toEqual([])
  expect(await commit(transaction)).toBe('committed')
  expect(await notes()).toEqual([1, 2])
})

test('the answer to a statement is that of pg', async () => {
  const { handle } = await begin()
  await note(handle)
  const read = await handle.query<{ text: string }>('select text from notes')
  expect(read).toEqual({ command: 'SELECT', rowCount: 1, rows: [{ text: 'hello' }] })
  const list = await handle.query('select id from notes where id = any($1)', [[1, 2]])
  expect(list.rows).toEqual([{ id: 1 }])
})

test.for([
  'commit',
  ' COMMIT and chain',
  'rollback',
  'end',
  'abort',
  'begin',
  'start transaction',
  "prepare transaction 'a'",
])('the handler does not end the transaction with "%s"', async (text) => {
  const transaction = await begin()
  await note(transaction.handle)
  await expect(transaction.handle.query(text)).rejects.toThrow('is ended by the engine')
  expect(await commit(transaction)).toBe('committed')
  expect(await notes()).toEqual([1])
})

test('what went wrong behind a savepoint is forgotten', async () => {
  const transaction = await begin()
  await note(transaction.handle)
  await transaction.handle.query('savepoint here')
  await expect(note(transaction.handle)).rejects.toMatchObject({ code: '23505' })
  await transaction.handle.query('rollback to savepoint here')
  await note(transaction.handle, 2)
  expect(await commit(transaction)).toBe('committed')
  expect(await notes()).toEqual([1, 2])
})

test('an error that the handler swallowed rolls everything back', async () => {
  const transaction = await begin()
  await note(transaction.handle)
  await expect(note(transaction.handle)).rejects.toMatchObject({ code: '23505' })
  expect(await commit(transaction)).toBe('rolled_back')
  expect(await notes()).toEqual([])
})

test('a handler that gets around that, and ends the transaction, is found out', async () => {
  const transaction = await begin()
  await transaction.handle.query('select 1; commit; begin')
  await note(transaction.handle)
  expect(await commit(transaction)).toBe('rolled_back')
  expect(await notes()).toEqual([])
})

test('what only the commit finds wrong is known to be rolled back', async () => {
  const transaction = await begin()
  await transaction.handle.query('insert into lines values (77)')
  const { sagaId } = await startedSaga()
  const result = await transaction.commit(appendRecord(sagaId))
  expect(result).toMatchObject({ status: 'rolled_back', cause: { code: '23503' } })
  expect(await store.readJournal(sagaId, 1)).toEqual([])
})

test('a transaction that is idle for too long is ended by the server', async () => {
  const transaction = await begin({ idleMs: 50 })
  const { rows } = await transaction.handle.query<{ pid: number }>('select pg_backend_pid() as pid')
  await note(transaction.handle)
  await eventually(async () => {
    const sessions = 'select from pg_stat_activity where pid = $1'
    const found = await database.pool.query(sessions, [rows[0]?.pid])
    expect(found.rowCount).toBe(0)
  })
  expect(await commit(transaction)).toBe('rolled_back')
  expect(await notes()).toEqual([])
})

test('a statement that takes too long is canceled', async () => {
  const { handle } = await begin({ statementMs: 50 })
  await expect(handle.query('select pg_sleep(60)')).rejects.toMatchObject({ code: '57014' })
})

test('a statement that is still under way at the end takes its connection with it', async () => {
  const connection = connect(1)
  const own = new PostgresStore(connection)
  const transaction = await begin({ statementMs: 500 }, own)
  await note(transaction.handle)
  const waiting = transaction.handle.query('select pg_sleep(60)').catch((error: unknown) => error)
  await transaction.rollback()
  expect(await waiting).toBeInstanceOf(Error)
  // The place is free again at once; the rows are when the server has noticed, at the end of the statement's time.
  const next = await begin({}, own)
  await next.handle.query('select 1')
  expect(await notes()).toEqual([])
})

const settings = `select current_setting('statement_timeout') as statement,
  current_setting('lock_timeout') as lock,
  current_setting('idle_in_transaction_session_timeout') as idle`

test.for(['commit', 'rollback'] as const)(
  'nothing of a transaction is left on its connection after a %s',
  async (end) => {
    const pool = new Pool({ connectionString: database.url, max: 1 })
    onTestFinished(() => pool.end())
    const { rows: before } = await pool.query(settings)
    const parts = { pool, size: 1, schema: 'backstep', onError: () => {} }
    const transactions = new TransactionPool(parts)
    const transaction = await transactions.begin({ statementMs: 1_234.5, idleMs: 4_321 }, always)
    const inside = await transaction?.handle.query(settings)
    expect(inside?.rows).toEqual([{ statement: '1235ms', lock: '1235ms', idle: '4321ms' }])
    const { sagaId } = await startedSaga()
    if (end === 'commit') await transaction?.commit(appendRecord(sagaId))
    else await transaction?.rollback()
    expect((await pool.query(settings)).rows).toEqual(before)
    const token = `select coalesce(current_setting('backstep.transaction', true), '') as token`
    expect((await pool.query(token)).rows).toEqual([{ token: '' }])
  },
)

test('so many run at once, the next one waits for its turn, and the engine waits for none', async () => {
  const own = new PostgresStore(connect(2))
  const [one] = [await begin({}, own), await begin({}, own)]
  const order: string[] = []
  const waitAs = async (name: string): Promise<Transaction> => {
    const transaction = await begin({}, own)
    order.push(name)
    return transaction
  }
  const impatient = new AbortController()
  const third = waitAs('third')
  const given = own.begin(limits, impatient.signal)
  const fourth = waitAs('fourth')
  expect(await own.listSagas({ limit: 1 })).toBeInstanceOf(Array)
  expect(order).toEqual([])
  impatient.abort()
  expect(await given).toBeNull()
  await one?.rollback()
  await (await third).rollback()
  await fourth
  expect(order).toEqual(['third', 'fourth'])
})

test.for([0, -1, 1.5, Number.NaN])('%d places are no places', (transactionConnections) => {
  const open = (): unknown => openPostgres({ databaseUrl: database.url, transactionConnections })
  expect(open).toThrow(`transactionConnections is ${transactionConnections}; set a whole number`)
})

test('a place is given back when there is no connection to be had', async () => {
  const connection = openPostgres({ databaseUrl: 'postgres://nobody@127.0.0.1:1/none' })
  onTestFinished(() => connection.close())
  const away = new PostgresStore(connection)
  for (let tries = 0; tries < 7; tries += 1) {
    await expect(away.begin(limits, always)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
  }
})

test("the caller's pool is left to the caller, whose address is used", async () => {
  const { pool } = database
  const connection = openPostgres({ pool, transactionConnections: 1 })
  onTestFinished(() => connection.close())
  const before = pool.totalCount
  const transaction = await begin({}, new PostgresStore(connection))
  await note(transaction.handle)
  expect(pool.totalCount).toBe(before)
  expect(await commit(transaction)).toBe('committed')
})

test('kyselyOf takes the transaction of a handler on Postgres, and nothing else', async () => {
  const memory = await new MemoryStore({ now: () => 0 }).begin(limits, always)
  if (memory === null) throw new Error('No transaction was begun.')
  expect(() => kyselyOf(memory.handle)).toThrow('runs on Postgres')
  const { handle } = await begin()
  const kysely = kyselyOf(handle)
  await sql`select 1`.execute(kysely)
  expect(() => kysely.transaction()).toThrow('for a Transaction is not supported')
})

test('a saga that a handler starts in its transaction is there with it', async () => {
  const { backstep } = postgresEngine(database.url)
  onTestFinished(() => backstep.close())
  const child = defineSaga({ name: 'child', version: 1, input: z.object({}) }).step('one', {
    action: () => null,
    compensation: 'none',
    reason: 'a test',
  })
  const parent = defineSaga({ name: 'parent', version: 1, input: z.object({}) }).step('spawn', {
    transactional: true,
    retry: { initialInterval: '1ms' },
    action: async ({ transaction, attempt, sagaId }) => {
      const started = await backstep.start(child, { key: sagaId, input: {}, transaction })
      if (attempt === 1) throw new Error('It failed after the start.')
      return { child: started.sagaId, attempt }
    },
    compensation: 'none',
    reason: 'a test',
  })
  const worker = await startWorker({ backstep, sagas: [parent, child], sweep: '30ms' })
  onTestFinished(() => worker.stop())
  const { sagaId } = await backstep.start(parent, { input: {} })
  const result = await backstep.result(sagaId, { timeout: '10s' })
  expect(result.status).toBe('completed')
  const [row, ...others] = await backstep.list({ name: 'child' })
  expect(others).toEqual([])
  const done = await backstep.result(row?.sagaId ?? '', { timeout: '10s' })
  expect(done.status).toBe('completed')
})
