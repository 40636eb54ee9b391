import { retain } from '@backstep/engine/postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { eventually } from '../../support/eventually.ts'
import { createMigratedDatabase, type MigratedDatabase } from './migrated-database.ts'
import { fillSagas } from './retain-scene.ts'

let database: MigratedDatabase

beforeAll(async () => {
  database = await createMigratedDatabase()
  const { pool } = database
  const old = `now() - interval '8 days'`
  await fillSagas(pool, { count: 1_000, status: 'completed', at: `'2025-01-20'`, keys: 'january' })
  await fillSagas(pool, { count: 4_000, status: 'completed', at: old, keys: 'old' })
  await fillSagas(pool, { count: 2_000, status: 'running', at: old, tasks: true })
  await fillSagas(pool, { count: 4_000, status: 'completed', at: 'now()', keys: 'new' })
  await pool.query('analyze')
})

afterAll(() => database.drop())

type Scans = { readonly sequential: number; readonly byIndex: number }

/** How often the tables in use were read from end to end, and how often by an index, so far. */
const scans = async (): Promise<Readonly<Record<string, Scans>>> => {
  const { rows } = await database.pool.query<Scans & { readonly name: string }>(`
    select relname as name, seq_scan::int4 as sequential, idx_scan::int4 as "byIndex"
    from pg_stat_user_tables
    where schemaname = 'backstep'
      and relname in ('sagas', 'saga_journal', 'saga_tasks', 'saga_keys')`)
  return Object.fromEntries(rows.map(({ name, ...counted }) => [name, counted]))
}

it('retain reads no table in use from end to end', async () => {
  const before = await scans()
  const options = { databaseUrl: database.url, archiveAfter: '7d', dropAfter: '365d' }
  await retain({ ...options, dryRun: true })
  expect(await retain(options)).toMatchObject({
    moved: { sagas: 5_000, journalRows: 15_000 },
    dropped: ['2025-01'],
    freedKeys: 1_000,
  })
  // A session's counts arrive when it has ended.
  await eventually(async () => {
    const after = await scans()
    for (const [name, { byIndex }] of Object.entries(before)) {
      expect(after[name]?.byIndex).toBeGreaterThan(byIndex)
    }
  })
  const after = await scans()
  const read = Object.keys(before).filter(
    (name) => after[name]?.sequential !== before[name]?.sequential,
  )
  expect(read).toEqual([])
})
