import { openPostgres, PostgresStore } from '@backstep/engine/postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { eventually } from '../../support/eventually.ts'
import { createMigratedDatabase, type MigratedDatabase } from './migrated-database.ts'
import { appendRecord, claimOf, startRecord } from './saga-writer.ts'

let database: MigratedDatabase

beforeAll(async () => {
  database = await createMigratedDatabase()
})

afterAll(() => database.drop())

const endOf = { stuckCode: null, stuckStep: null, failure: null, output: null } as const

/** Starts sagas, claims them and ends them, all in one batch. */
const runBatch = async (store: PostgresStore): Promise<void> => {
  const records = Array.from({ length: 20 }, () => startRecord())
  await store.start(records)
  const claims = await Promise.all(records.map((record) => claimOf(store, record)))
  const appends = claims.map(({ sagaId, branch, claimId }) => {
    const task = { type: 'remove', branch, claimId } as const
    const row = { status: 'completed', ...endOf } as const
    return Object.assign(appendRecord(sagaId), { task, row })
  })
  const results = await store.append(appends)
  expect(results.every(({ applied }) => applied)).toBe(true)
}

it('a plan that was made on empty tables reads no more when they are full', async () => {
  const connection = openPostgres({ databaseUrl: database.url, poolSize: 1 })
  const store = new PostgresStore(connection)
  for (let round = 0; round < 8; round += 1) await runBatch(store)
  await database.pool.query(`
    insert into backstep.sagas (id, definition_name, definition_version, status, started_at, changed_at)
    select gen_random_uuid(), 'order', 1, 'completed', now(), now() from generate_series(1, 20000)`)
  for (let round = 0; round < 5; round += 1) await runBatch(store)
  // Its session tells what it has counted when it ends.
  await connection.close()
  await eventually(async () => {
    const { rows } = await database.pool.query<{ name: string; read: number }>(`
      select indexrelname as name, idx_tup_read::float8 as read
      from pg_stat_user_indexes where relname = 'sagas'`)
    const read = Object.fromEntries(rows.map((row) => [row.name, row.read]))
    expect(read['sagas_pkey']).toBeGreaterThanOrEqual(13 * 20)
    expect(read['sagas_by_definition']).toBeLessThan(1_000)
  })
  const { rows } = await database.pool.query<{ read: number }>(`
    select seq_tup_read::float8 as read from pg_stat_user_tables where relname = 'saga_tasks'`)
  expect(rows[0]?.read).toBeLessThan(100)
})
