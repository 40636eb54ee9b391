import { CamelCasePlugin, Kysely, PostgresDialect, sql } from 'kysely'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { createMigratedDatabase, type MigratedDatabase } from './migrated-database.ts'
import { startRecord } from './saga-writer.ts'

let database: MigratedDatabase
let db: Kysely<unknown>

beforeAll(async () => {
  database = await createMigratedDatabase()
  await database.pool.query('create table customer_orders (id integer)')
  // A plugin that renames columns must not get at our statements.
  const dialect = new PostgresDialect({ pool: new Pool({ connectionString: database.url }) })
  db = new Kysely({ dialect, plugins: [new CamelCasePlugin()] })
})

afterAll(async () => {
  await db.destroy()
  await database.drop()
})

const ordersWith = async (id: number): Promise<number> => {
  const { rows } = await database.pool.query('select from customer_orders where id = $1', [id])
  return rows.length
}

it('a saga started in a Kysely transaction is there once that commits, and not before', async () => {
  const record = startRecord()
  await db.transaction().execute(async (transaction) => {
    await sql`insert into customer_orders values (1)`.execute(transaction)
    expect(await database.store.start([record], { transaction })).toEqual([
      { status: 'started', sagaId: record.sagaId, at: expect.any(Number) },
    ])
    expect(await database.store.findSaga(record.sagaId)).toBeUndefined()
  })
  expect(await database.store.findSaga(record.sagaId)).toMatchObject({ status: 'running' })
  expect(await database.store.listTasks(record.sagaId)).toHaveLength(1)
  expect(await ordersWith(1)).toBe(1)
})

it('a saga started in a Kysely transaction is gone with it', async () => {
  const record = startRecord('gone-with-kysely')
  const attempt = db.transaction().execute(async (transaction) => {
    await sql`insert into customer_orders values (2)`.execute(transaction)
    await database.store.start([record], { transaction })
    throw new Error('The customer changed her mind.')
  })
  await expect(attempt).rejects.toThrow('changed her mind')
  expect(await database.store.findSaga(record.sagaId)).toBeUndefined()
  expect(await database.store.readJournal(record.sagaId, 0)).toEqual([])
  expect(await ordersWith(2)).toBe(0)
})

it.each(['commit', 'rollback'])('a saga started on a pg client follows its %s', async (end) => {
  const record = startRecord(`key-of-${end}`)
  const client = await database.pool.connect()
  try {
    await client.query('begin')
    await client.query('insert into customer_orders values (3)')
    await database.store.start([record], { transaction: client })
    await client.query(end)
  } finally {
    client.release()
  }
  const found = await database.store.findSaga(record.sagaId)
  expect(found?.status).toBe(end === 'commit' ? 'running' : undefined)
})

it('a key that the transaction took is busy for others, who keep their neighbors, until its rollback', async () => {
  const [first, second] = [startRecord('contested'), startRecord('contested')]
  const neighbors = [startRecord(), startRecord('neighbor')]
  const client = await database.pool.connect()
  try {
    await client.query('begin')
    await database.store.start([first], { transaction: client })
    const results = await database.store.start([second, ...neighbors])
    expect(results.map(({ status }) => status)).toEqual(['busy', 'started', 'started'])
    expect(await database.store.start([second])).toEqual([
      { status: 'busy', sagaId: second.sagaId },
    ])
    await client.query('rollback')
  } finally {
    client.release()
  }
  expect(await database.store.findSaga(second.sagaId)).toBeUndefined()
  expect(await database.store.start([second])).toMatchObject([{ status: 'started' }])
})

it('a key that is taken for good is locked by nobody who asks for it', async () => {
  const known = startRecord('known')
  await database.store.start([known])
  const existing = [{ status: 'existing', sagaId: known.sagaId }]
  const clients = [await database.pool.connect(), await database.pool.connect()]
  try {
    for (const client of clients) {
      await client.query('begin')
      expect(await database.store.start([startRecord('known')], { transaction: client })).toEqual(
        existing,
      )
    }
    expect(await database.store.start([startRecord('known')])).toEqual(existing)
    for (const client of clients) await client.query('commit')
  } finally {
    for (const client of clients) client.release()
  }
})

it('a key that somebody has written without its lock is busy too', async () => {
  const held = startRecord('by hand')
  const client = await database.pool.connect()
  try {
    await client.query('begin')
    await client.query(
      `insert into backstep.saga_keys (definition_name, key, saga_id, input_hash)
       values ('order', 'by hand', gen_random_uuid(), 'x')`,
    )
    const results = await database.store.start([held, startRecord()])
    expect(results.map(({ status }) => status)).toEqual(['busy', 'started'])
    expect(await database.store.start([held])).toMatchObject([{ status: 'busy' }])
    await client.query('rollback')
  } finally {
    client.release()
  }
  expect(await database.store.start([held])).toMatchObject([{ status: 'started' }])
})

it('a transaction waits for a key that another transaction has taken', async () => {
  const [first, second] = [startRecord('in line'), startRecord('in line')]
  const [holder, waiter] = [await database.pool.connect(), await database.pool.connect()]
  try {
    await holder.query('begin')
    await waiter.query('begin')
    await database.store.start([first], { transaction: holder })
    const waiting = database.store.start([second], { transaction: waiter })
    await holder.query('commit')
    expect(await waiting).toEqual([{ status: 'existing', sagaId: first.sagaId }])
    await waiter.query('commit')
  } finally {
    holder.release()
    waiter.release()
  }
})

it('a key that is taken is found from within a transaction', async () => {
  const first = startRecord('taken')
  await database.store.start([first])
  const results = await db.transaction().execute((transaction) =>
    Promise.all([
      database.store.start([startRecord('taken')], { transaction }),
      database.store.start([startRecord('taken', { inputHash: 'of-other-input' })], {
        transaction,
      }),
    ]),
  )
  expect(results.flat()).toEqual([
    { status: 'existing', sagaId: first.sagaId },
    { status: 'conflict', sagaId: first.sagaId },
  ])
})

it.each([
  ['a pool', () => database.pool],
  ['Kysely outside of a transaction', () => db],
  ['something else', () => ({ commit: () => {} })],
])('%s is refused as a transaction', async (_what, handle) => {
  const start = database.store.start([startRecord()], { transaction: handle() })
  await expect(start).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' })
})

it('a transaction takes one saga at a time', async () => {
  const batch = [startRecord(), startRecord()]
  const start = db
    .transaction()
    .execute((transaction) => database.store.start(batch, { transaction }))
  await expect(start).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' })
})
