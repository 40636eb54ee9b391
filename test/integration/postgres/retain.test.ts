import { retain } from '@backstep/engine/postgres'
import { Pool } from 'pg'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { createMigratedDatabase, type MigratedDatabase } from './migrated-database.ts'
import { fillSagas, monthOf, months, whereabouts } from './retain-scene.ts'

const OLD = `now() - interval '8 days'`
const YOUNG = `now() - interval '6 days'`
const ENDS = ['completed', 'compensated', 'partially_compensated', 'abandoned'] as const

let database: MigratedDatabase
let pool: Pool
let databaseUrl: string

beforeEach(async () => {
  database = await createMigratedDatabase()
  pool = database.pool
  databaseUrl = database.url
})

afterEach(() => database.drop())

const week = { archiveAfter: '7d' } as const

it('retain moves what has ended and is old, and nothing else', async () => {
  const old: string[] = []
  for (const status of ENDS) old.push(...(await fillSagas(pool, { count: 3, status, at: OLD })))
  for (const status of [...ENDS, 'running']) await fillSagas(pool, { count: 2, status, at: YOUNG })
  for (const status of ['running', 'compensating', 'stuck']) {
    await fillSagas(pool, { count: 2, status, at: OLD })
  }
  await fillSagas(pool, { count: 2, status: 'completed', at: OLD, tasks: true })

  const month = await monthOf(pool, OLD)
  expect(await retain({ databaseUrl, ...week, batch: 5 })).toEqual({
    moved: { sagas: 12, journalRows: 36 },
    made: [month],
    detached: [],
    dropped: [],
    freedKeys: 0,
  })
  expect(await whereabouts(pool, old)).toMatchObject({ live: 0, liveRows: 0, archived: 12 })
  const all = { live: 18, liveRows: 54, archived: 12, archivedRows: 36 }
  expect(await whereabouts(pool)).toMatchObject(all)
  expect(await retain({ databaseUrl, ...week })).toMatchObject({ moved: { sagas: 0 }, made: [] })
})

const withoutEnd = (text: string): unknown =>
  JSON.parse(text, (key, value: unknown) => (key === 'ended_at' ? undefined : value))

const columnsOf = async (table: string): Promise<readonly string[]> => {
  const { rows } = await pool.query<{ readonly name: string }>(
    `select column_name as name from information_schema.columns
    where table_schema = 'backstep' and table_name = $1`,
    [table],
  )
  return rows.map(({ name }) => name)
}

it('retain keeps every value of a saga and of its journal', async () => {
  await fillSagas(pool, { count: 4, status: 'compensated', at: OLD, keys: 'order', journalRows: 5 })
  const read = async (sagas: string, journal: string): Promise<unknown> => {
    const { rows } = await pool.query(`
      select
        (select jsonb_agg(to_jsonb(s) order by s.id) from ${sagas} s) as sagas,
        (select jsonb_agg(to_jsonb(j) - 'snapshot' order by j.saga_id, j.seq) from ${journal} j) as journal`)
    return rows
  }
  const before = await read('backstep.sagas', 'backstep.saga_journal')
  await retain({ databaseUrl, ...week })
  const after = await read(
    `(select *, ended_at as changed_at, null as stuck_code, null as stuck_step, false as paused
      from backstep.archived_sagas)`,
    `backstep.archived_journal`,
  )
  expect(withoutEnd(JSON.stringify(after))).toEqual(before)
})

it('the archive has a column for each one of the tables in use', async () => {
  // What an ended saga does not have, and what is called otherwise there.
  const leftOut = new Set(['stuck_code', 'stuck_step', 'changed_at', 'snapshot', 'paused'])
  for (const table of ['sagas', 'journal']) {
    const live = await columnsOf(table === 'sagas' ? 'sagas' : 'saga_journal')
    const archived = await columnsOf(`archived_${table}`)
    expect(archived.toSorted()).toEqual(
      [...live.filter((name) => !leftOut.has(name)), 'ended_at'].toSorted(),
    )
  }
})

it('retain puts each saga into the month of its end, in UTC, whatever the time zone', async () => {
  const east = new Pool({ connectionString: databaseUrl, options: '-c TimeZone=Pacific/Auckland' })
  try {
    await fillSagas(pool, { count: 1, status: 'completed', at: `'2025-01-31 23:59:59.999999+00'` })
    await fillSagas(pool, { count: 1, status: 'completed', at: `'2025-02-01 00:00:00+00'` })
    await fillSagas(pool, { count: 1, status: 'completed', at: `'2024-12-31 23:30:00+00'` })
    const { made } = await retain({ pool: east, ...week })
    expect(made.toSorted()).toEqual(['2024-12', '2025-01', '2025-02'])
    expect(await whereabouts(pool)).toMatchObject({ live: 0, archived: 3, archivedRows: 9 })
    for (const month of ['2024_12', '2025_01', '2025_02']) {
      const { rows } = await pool.query(`select id from backstep.archived_sagas_${month}`)
      expect(rows).toHaveLength(1)
    }
  } finally {
    await east.end()
  }
})

it('retain may run many times at once: each saga is moved once', async () => {
  await fillSagas(pool, { count: 300, status: 'completed', at: OLD })
  await fillSagas(pool, { count: 100, status: 'completed', at: `'2025-03-10'`, keys: 'order' })
  const options = { databaseUrl, archiveAfter: '7d', dropAfter: '200d', batch: 20 }
  const results = await Promise.all(Array.from({ length: 4 }, () => retain(options)))
  const moved = results.reduce((sum, result) => sum + result.moved.sagas, 0)
  expect(moved).toBe(400)
  expect(results.flatMap(({ dropped }) => dropped)).toEqual(['2025-03'])
  expect(results.reduce((sum, { freedKeys }) => sum + (freedKeys ?? 0), 0)).toBe(100)
  expect(await whereabouts(pool)).toMatchObject({ live: 0, liveRows: 0, archived: 300, keys: 0 })
})

it('retain leaves alone what somebody else is writing to', async () => {
  const [first = ''] = await fillSagas(pool, { count: 3, status: 'completed', at: OLD })
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('select from backstep.sagas where id = $1 for no key update', [first])
    expect(await retain({ databaseUrl, ...week })).toMatchObject({ moved: { sagas: 2 } })
    await client.query('rollback')
  } finally {
    client.release()
  }
  expect(await retain({ databaseUrl, ...week })).toMatchObject({ moved: { sagas: 1 } })
})

it('retain drops whole months with their keys, and keeps the keys of all others', async () => {
  const gone = await fillSagas(pool, {
    count: 5,
    status: 'completed',
    at: `'2025-01-20'`,
    keys: 'january',
  })
  const kept = await fillSagas(pool, { count: 5, status: 'completed', at: OLD, keys: 'recent' })
  await retain({ databaseUrl, ...week })
  expect(await whereabouts(pool)).toMatchObject({ archived: 10, keys: 10 })

  const changes: string[] = []
  const onMonth = (change: string, month: string): void => void changes.push(`${change} ${month}`)
  const options = { databaseUrl, archiveAfter: '7d', dropAfter: '365d', batch: 2, onMonth }
  expect(await retain(options)).toMatchObject({ dropped: ['2025-01'], freedKeys: 5 })
  expect(changes).toEqual(['detached 2025-01', 'dropped 2025-01'])
  expect(await whereabouts(pool, gone)).toMatchObject({ archived: 0, archivedRows: 0, keys: 0 })
  expect(await whereabouts(pool, kept)).toMatchObject({ archived: 5, archivedRows: 15, keys: 5 })
  expect(Object.values(await months(pool))).toEqual(['attached', 'attached'])
})

it('a month is dropped once all of it is old enough', async () => {
  const at = `date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' - interval '90 days'`
  await fillSagas(pool, { count: 1, status: 'completed', at })
  const { rows } = await pool.query<{ readonly days: number }>(
    `select extract(day from now() - (
      date_trunc('month', (${at}) at time zone 'UTC') + interval '1 month') at time zone 'UTC')::int4 as days`,
  )
  const days = rows[0]?.days ?? 0
  const early = { databaseUrl, archiveAfter: '7d', dropAfter: `${days + 1}d` }
  expect(await retain(early)).toMatchObject({ moved: { sagas: 1 }, dropped: [] })
  const late = { databaseUrl, archiveAfter: '7d', dropAfter: `${days}d` }
  expect((await retain(late)).dropped).toHaveLength(1)
})

it('retain tells in a dry run what it would do, and does nothing', async () => {
  await fillSagas(pool, { count: 4, status: 'completed', at: OLD, keys: 'order' })
  await fillSagas(pool, { count: 3, status: 'completed', at: `'2025-01-20'` })
  const before = await whereabouts(pool)
  const options = { databaseUrl, archiveAfter: '7d', dropAfter: '365d', batch: 2 }
  const told = await retain({ ...options, dryRun: true })
  expect(await whereabouts(pool)).toEqual(before)
  expect(await months(pool)).toEqual({})
  const done = await retain(options)
  expect({ ...told, freedKeys: 0, made: told.made.toSorted() }).toEqual({
    ...done,
    made: done.made.toSorted(),
  })
})

it('retain stops between two batches when it is told to', async () => {
  await fillSagas(pool, { count: 40, status: 'completed', at: OLD })
  const stop = new AbortController()
  const onMonth = (): void => stop.abort(new Error('enough'))
  const stopped = retain({ databaseUrl, ...week, batch: 10, onMonth, signal: stop.signal })
  await expect(stopped).rejects.toThrow('enough')
  expect(await whereabouts(pool)).toMatchObject({ live: 30, archived: 10, archivedRows: 30 })
})

it.each([
  ['DURATION_INVALID', 'archiveAfter', { archiveAfter: 'a week' }],
  ['DURATION_INVALID', 'dropAfter', { archiveAfter: '7d', dropAfter: '1y' }],
  ['CONFIGURATION_INVALID', 'shorter', { archiveAfter: '7d', dropAfter: '6d' }],
  ['CONFIGURATION_INVALID', 'batch', { archiveAfter: '7d', batch: 0 }],
  ['CONFIGURATION_INVALID', 'batch', { archiveAfter: '7d', batch: 10_001 }],
])('retain refuses with %s what it cannot use: %s', async (code, message, options) => {
  await expect(retain({ databaseUrl, ...options })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  })
})

it('retain refuses a pool of one connection, and a schema that is not migrated', async () => {
  const single = new Pool({ connectionString: databaseUrl, max: 1 })
  await expect(retain({ pool: single, ...week })).rejects.toMatchObject({
    code: 'CONFIGURATION_INVALID',
  })
  await single.end()
  await expect(retain({ databaseUrl, schema: 'nowhere', ...week })).rejects.toMatchObject({
    code: 'DATABASE_NOT_MIGRATED',
  })
})
