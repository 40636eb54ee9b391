import { randomUUID } from 'node:crypto'

import { openPostgres, PostgresStore } from '@backstep/engine/postgres'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { eventually } from '../../support/eventually.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { createMigratedDatabase, type MigratedDatabase } from './migrated-database.ts'
import { appendRecord, claimOf, LONG_MS, startAndClaim, startRecord } from './saga-writer.ts'

let database: MigratedDatabase

beforeAll(async () => {
  database = await createMigratedDatabase()
})

afterAll(() => database.drop())

it('a connection says what is wrong with an address where nobody listens', async () => {
  const connection = openPostgres({ databaseUrl: 'postgres://root@127.0.0.1:1/test' })
  const found = new PostgresStore(connection).findSaga(startRecord().sagaId)
  await expect(found).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
  await connection.close()
})

it('a connection says which command helps where there are no tables', async () => {
  const connection = openPostgres({ databaseUrl: database.url, schema: 'elsewhere' })
  const found = new PostgresStore(connection).findSaga(startRecord().sagaId)
  await expect(found).rejects.toMatchObject({
    code: 'DATABASE_NOT_MIGRATED',
    message: expect.stringContaining('backstep migrate'),
  })
  await connection.close()
})

it('a connection works again after all of its sessions were ended', async () => {
  const errors: Error[] = []
  const connection = openPostgres({
    databaseUrl: database.url,
    onError: (error) => errors.push(error),
  })
  const store = new PostgresStore(connection)
  const { sagaId } = await startAndClaim(store)
  await database.pool.query(`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`)
  await eventually(async () => expect(await store.findSaga(sagaId)).toMatchObject({ sagaId }))
  expect(errors.length).toBeGreaterThan(0)
  await connection.close()
})

it('a connection is pinned to READ COMMITTED, whatever the database says', async () => {
  const { pool, url } = database
  await pool.query(`do $$ begin execute format(
    'alter database %I set default_transaction_isolation = ''repeatable read''', current_database()
  ); end $$`)
  const connection = openPostgres({ databaseUrl: url })
  const store = new PostgresStore(connection)
  const claim = await startAndClaim(store)
  const appends = Array.from({ length: 8 }, () => store.append([appendRecord(claim.sagaId)]))
  const results = (await Promise.all(appends)).flat()
  expect(results.filter(({ applied }) => applied)).toHaveLength(1)
  await connection.close()
  await pool.query(`do $$ begin execute format(
    'alter database %I reset default_transaction_isolation', current_database()
  ); end $$`)
})

it('a connection uses a pool of the caller, and leaves it open', async () => {
  const pool = new Pool({ connectionString: database.url })
  const connection = openPostgres({ pool })
  const claim = await startAndClaim(new PostgresStore(connection))
  await connection.close()
  const { rows } = await pool.query('select from backstep.sagas where id = $1', [claim.sagaId])
  expect(rows).toHaveLength(1)
  await pool.end()
})

it('a connection does without statement names when the session has lost them', async () => {
  const pool = new Pool({ connectionString: database.url, max: 1 })
  const connection = openPostgres({ pool, prepare: true })
  const store = new PostgresStore(connection)
  const { sagaId } = await startAndClaim(store)
  await store.findSaga(sagaId)
  // What a pooler does that hands each transaction to another session.
  await pool.query('deallocate all')
  expect(await store.findSaga(sagaId)).toMatchObject({ sagaId })
  await connection.close()
  await pool.end()
})

it('a connection sends heartbeats while every other connection is busy', async () => {
  const pool = new Pool({ connectionString: database.url, max: 1 })
  const connection = openPostgres({ pool })
  const store = new PostgresStore(connection)
  const claim = await startAndClaim(store)
  const busy = await pool.connect()
  expect(await store.heartbeat({ claims: [claim], leaseMs: LONG_MS })).toHaveLength(1)
  busy.release()
  await connection.close()
  await pool.end()
})

it('a reply that is lost costs nothing: the same append again is applied, once', async () => {
  const proxy = await TcpProxy.start(database.url)
  const connection = openPostgres({ databaseUrl: proxy.url })
  const store = new PostgresStore(connection)
  const { sagaId } = await startAndClaim(store)
  const append = appendRecord(sagaId)
  proxy.setMode({ kind: 'blackhole', direction: 'down' })
  const lost = store.append([append])
  await eventually(async () => expect(await database.store.readJournal(sagaId, 1)).toHaveLength(1))
  proxy.cut()
  await expect(lost).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
  proxy.setMode({ kind: 'pass' })
  expect(await store.append([append])).toMatchObject([{ applied: true }])
  expect(await store.append([appendRecord(sagaId)])).toEqual([{ applied: false }])
  expect(await store.readJournal(sagaId, 1)).toHaveLength(1)
  await connection.close()
  await proxy.close()
})

it('a batch does not wait for one locked saga with all the others', async () => {
  const { store, pool } = database
  const records = [startRecord(), startRecord(), startRecord()]
  await store.start(records)
  const claims = await Promise.all(records.map((record) => claimOf(store, record)))
  const locker = await pool.connect()
  await locker.query('begin')
  await locker.query('select from backstep.saga_tasks where saga_id = $1 for update', [
    claims[0]?.sagaId,
  ])
  const releases = claims.map(({ sagaId, branch, claimId, wake }, index) => {
    return { sagaId, branch, claimId, wake, nonce: startRecord().task.nonce, delayMs: index }
  })
  const released = store.release(releases.toReversed())
  await eventually(async () => {
    const [task] = await store.listTasks(claims[2]?.sagaId ?? '')
    expect(task?.claimed).toBe(false)
  })
  await locker.query('rollback')
  locker.release()
  expect(await released).toHaveLength(3)
})

it('a batch writes the neighbors of a record that Postgres cannot store', async () => {
  const { store } = database
  const [good, bad] = [await startAndClaim(store), await startAndClaim(store)]
  const late = { type: 'cancel_refused', reason: 'a NUL: \u0000' } as const
  const batch = [appendRecord(bad.sagaId, { events: [late] }), appendRecord(good.sagaId)]
  await expect(store.append(batch)).rejects.toMatchObject({ code: 'PAYLOAD_INVALID' })
  expect(await store.readJournal(good.sagaId, 1)).toHaveLength(1)
  expect(await store.readJournal(bad.sagaId, 1)).toHaveLength(0)
})

it('a batch may be larger than one statement takes', async () => {
  const { store } = database
  const records = Array.from({ length: 450 }, () => startRecord())
  const results = await store.start(records)
  expect(results.map(({ sagaId }) => sagaId)).toEqual(records.map(({ sagaId }) => sagaId))
})

it('a batch of claims is not spoiled by what cannot be the name of a saga', async () => {
  const { store } = database
  const record = startRecord()
  await store.start([record])
  const { sagaId, task } = record
  const good = {
    sagaId,
    branch: 'main',
    nonce: task.nonce,
    claimId: randomUUID(),
    leaseMs: LONG_MS,
    known: null,
  }
  const claims = await store.claim([{ ...good, sagaId: 'nobody', claimId: randomUUID() }, good])
  expect(claims).toMatchObject([null, { sagaId }])
  expect(await store.findSaga('nobody')).toBeUndefined()
  expect(await store.listSagas({ before: 'nobody', limit: 1 })).toEqual([])
})
