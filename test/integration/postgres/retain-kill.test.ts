import { isBackstepError } from '@backstep/engine'
import { retain } from '@backstep/engine/postgres'
import { Pool, type PoolClient } from 'pg'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { eventually } from '../../support/eventually.ts'
import { createMigratedDatabase, type MigratedDatabase } from './migrated-database.ts'
import { fillSagas, killSessions, months, whereabouts } from './retain-scene.ts'

const OLD = `now() - interval '8 days'`
const JANUARY = `'2025-01-20'`

let database: MigratedDatabase
let pool: Pool
let databaseUrl: string

beforeEach(async () => {
  database = await createMigratedDatabase()
  pool = database.pool
  databaseUrl = database.url
})

afterEach(() => database.drop())

const archive = (): Promise<unknown> => retain({ databaseUrl, archiveAfter: '7d', batch: 10 })
const drop = (onMonth: (change: string) => void = () => {}) =>
  retain({ databaseUrl, archiveAfter: '7d', dropAfter: '365d', batch: 10, onMonth })

/** Ends a run right behind such a change. */
const dieOnce = (at: string) => (change: string) => {
  if (change === at) throw new Error('dead')
}

/** Does something while a transaction is open that began with this statement. */
const during = async (statement: string, work: () => Promise<void>): Promise<void> => {
  const client: PoolClient = await pool.connect()
  try {
    await client.query('begin')
    await client.query(statement)
    await work()
  } finally {
    await client.query('rollback')
    client.release()
  }
}

/** The code of the error that a run ended with. */
const outcomeOf = (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => 'done',
    (error: unknown) => (isBackstepError(error) ? error.code : error),
  )

/** Kills what a run is at, once it is there; the run must fail of it. */
const killAt = async (statement: string, run: () => Promise<unknown>): Promise<void> => {
  const outcome = outcomeOf(run())
  await eventually(async () => expect(await killSessions(pool, statement)).toBe(1))
  expect(await outcome).toBe('DATABASE_UNAVAILABLE')
}

it('a batch whose session is killed is not moved at all, and is moved the next time', async () => {
  await fillSagas(pool, { count: 25, status: 'completed', at: OLD })
  await archive()
  await fillSagas(pool, { count: 25, status: 'completed', at: OLD })
  await during('lock table backstep.archived_journal in share mode', () =>
    killAt('delete from "backstep"."sagas"', archive),
  )
  const before = { live: 25, liveRows: 75, archived: 25, archivedRows: 75 }
  expect(await whereabouts(pool)).toMatchObject(before)
  expect(await archive()).toMatchObject({ moved: { sagas: 25, journalRows: 75 } })
  const after = { live: 0, liveRows: 0, archived: 50, archivedRows: 150 }
  expect(await whereabouts(pool)).toMatchObject(after)
})

/** A pool that loses a session when it is given out for the n-th time. */
const fragilePool = (fatal: number): { readonly pool: Pool; readonly hasBroken: () => boolean } => {
  const fragile = new Pool({ connectionString: databaseUrl })
  let given = 0
  let kill: Promise<unknown> | null = null
  fragile.on('error', () => {})
  fragile.on('connect', (client) => void client.on('error', () => {}))
  fragile.on('acquire', (client) => {
    given += 1
    if (given === fatal && 'processID' in client) {
      kill = pool.query('select pg_terminate_backend($1)', [client.processID])
    }
  })
  return { pool: fragile, hasBroken: () => kill !== null }
}

/** Runs once with a session that breaks; the pool is closed again. */
const runWithBreak = async (fatal: number): Promise<{ dead: boolean; broke: boolean }> => {
  const fragile = fragilePool(fatal)
  const options = { archiveAfter: '7d', dropAfter: '365d', batch: 10 }
  const dead = await retain({ pool: fragile.pool, ...options }).then(
    () => false,
    () => true,
  )
  await fragile.pool.end()
  return { dead, broke: fragile.hasBroken() }
}

it('whatever is killed and whenever, no saga is halved, and the next run goes on from there', async () => {
  const kept: string[] = []
  const gone = await fillSagas(pool, { count: 30, status: 'completed', at: JANUARY, keys: 'gone' })
  // A session that is killed may still have done what it was asked for: a kill is no death yet, and a run may get
  // further than it should. Every run is given new work, so that none of them finds nothing left to do.
  let [kills, deaths] = [0, 0]
  for (let fatal = 1; ; fatal += 1) {
    const keys = `order-${fatal}`
    kept.push(...(await fillSagas(pool, { count: 20, status: 'completed', at: OLD, keys })))
    const { dead, broke } = await runWithBreak(fatal)
    for (const ids of [kept, gone]) {
      const { live, liveRows, archived, archivedRows } = await whereabouts(pool, ids)
      expect(liveRows).toBe(live * 3)
      // Sagas are detached before their journals.
      expect([archived * 3, archived === 0 ? archivedRows : 0]).toContain(archivedRows)
    }
    const count = kept.length
    const now = await whereabouts(pool, kept)
    expect({ there: now.live + now.archived, keys: now.keys }).toEqual({
      there: count,
      keys: count,
    })
    if (dead) deaths += 1
    if (!broke) break
    kills += 1
  }
  expect(kills).toBeGreaterThan(5)
  expect(deaths).toBeGreaterThan(0)
  const n = kept.length
  const all = { live: 0, liveRows: 0, archived: n, archivedRows: n * 3, keys: n }
  expect(await whereabouts(pool)).toEqual(all)
  expect(Object.values(await months(pool))).toEqual(['attached', 'attached'])
})

it('a run ends when the session that holds its lock is killed', async () => {
  await fillSagas(pool, { count: 30, status: 'completed', at: OLD })
  await archive()
  await fillSagas(pool, { count: 30, status: 'completed', at: OLD })
  const outcomes: Promise<unknown>[] = []
  await during('lock table backstep.archived_sagas in share mode', async () => {
    outcomes.push(outcomeOf(archive()))
    await eventually(async () => {
      const { rowCount } = await pool.query(`
        select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'
          and query like '%delete from "backstep"."sagas"%'`)
      expect(rowCount).toBe(1)
    })
    const { rowCount } = await pool.query(`
      select pg_terminate_backend(pid) from pg_locks
      where locktype = 'advisory' and database = (
        select oid from pg_database where datname = current_database()
      )`)
    expect(rowCount).toBe(1)
  })
  expect(await Promise.all(outcomes)).toEqual(['DATABASE_UNAVAILABLE'])
  expect(await whereabouts(pool)).toMatchObject({ archived: 40, live: 20 })
  expect(await archive()).toMatchObject({ moved: { sagas: 20 } })
})

it('a detach that was killed half way is brought to its end the next time', async () => {
  await fillSagas(pool, { count: 15, status: 'completed', at: JANUARY, keys: 'order' })
  await archive()
  await during('select count(*) from backstep.archived_sagas', () =>
    killAt('detach partition', drop),
  )
  expect(await months(pool)).toEqual({
    archived_journal_2025_01: 'attached',
    archived_sagas_2025_01: 'detaching',
  })
  const again = await drop()
  expect(again).toMatchObject({ detached: ['2025-01'], dropped: ['2025-01'], freedKeys: 0 })
  expect(await months(pool)).toEqual({})
  expect(await whereabouts(pool)).toMatchObject({ archived: 0, archivedRows: 0, keys: 0 })
})

it('a month that was detached and not dropped is dropped the next time', async () => {
  await fillSagas(pool, { count: 15, status: 'completed', at: JANUARY, keys: 'order' })
  await archive()
  await expect(drop(dieOnce('detached'))).rejects.toThrow('dead')
  expect(await months(pool)).toEqual({
    archived_journal_2025_01: 'detached',
    archived_sagas_2025_01: 'detached',
  })
  expect(await drop()).toMatchObject({ detached: [], dropped: ['2025-01'] })
  expect(await months(pool)).toEqual({})
})

it('a month that was detached and not dropped takes sagas again when there are some for it', async () => {
  await fillSagas(pool, { count: 5, status: 'completed', at: JANUARY, keys: 'order' })
  await archive()
  await expect(drop(dieOnce('detached'))).rejects.toThrow('dead')
  await fillSagas(pool, { count: 5, status: 'completed', at: JANUARY, keys: 'more' })
  expect(await archive()).toMatchObject({ made: ['2025-01'], moved: { sagas: 5 } })
  expect(await whereabouts(pool)).toMatchObject({ archived: 10, archivedRows: 30, keys: 5 })
  expect(await drop()).toMatchObject({ dropped: ['2025-01'], freedKeys: 5 })
  expect(await whereabouts(pool)).toMatchObject({ archived: 0, archivedRows: 0, keys: 0 })
})

it('no key outlives a saga that came into its month while that was detached', async () => {
  await fillSagas(pool, { count: 5, status: 'completed', at: JANUARY, keys: 'order' })
  await archive()
  const [sagaId] = await fillSagas(pool, { count: 1, status: 'completed', at: JANUARY, keys: 'x' })
  const outcomes: Promise<unknown>[] = []
  await during('select count(*) from backstep.archived_sagas', async () => {
    // It runs alone: the saga is moved by a hand that does not know of the lock.
    await pool.query(`update backstep.sagas set changed_at = now() where id = $1`, [sagaId])
    outcomes.push(drop())
    await eventually(async () => {
      expect(await months(pool)).toMatchObject({ archived_sagas_2025_01: 'detaching' })
    })
    await pool.query(
      `with s as (delete from backstep.sagas where id = $1 returning *)
      insert into backstep.archived_sagas_2025_01
        (id, definition_name, definition_version, key, status, started_at, ended_at)
      select id, definition_name, definition_version, key, status, started_at, ${JANUARY} from s`,
      [sagaId],
    )
  })
  expect(await Promise.all(outcomes)).toMatchObject([{ dropped: ['2025-01'], freedKeys: 6 }])
  expect(await whereabouts(pool)).toMatchObject({ archived: 0, keys: 0 })
})

it('a half made month is made whole', async () => {
  await fillSagas(pool, { count: 5, status: 'completed', at: JANUARY })
  await pool.query(`
    create table backstep.archived_journal_2025_01 (like backstep.archived_journal including all)`)
  expect(await archive()).toMatchObject({ made: ['2025-01'], moved: { sagas: 5 } })
  expect(await months(pool)).toEqual({
    archived_journal_2025_01: 'attached',
    archived_sagas_2025_01: 'attached',
  })
})
