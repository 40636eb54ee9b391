import { readdir, readFile } from 'node:fs/promises'

import { migrate } from '@backstep/engine/postgres'
import { startPostgres, startRedis, type PostgresServer, type RedisServer } from '@backstep/servers'
import { Pool, type PoolClient } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { countedOver, type TableCounters } from './growth-counters.ts'
import {
  addLimits,
  addOverdue,
  fillTables,
  LARGE,
  makeUnlogged,
  type TableSize,
} from './growth-fill.ts'
import { runLoad } from './growth-run.ts'
import { genericPlan, leadingColumns, planFor, problemsOf } from './plans-reading.ts'
import { recordingPool, type SentStatement } from './plans-recording.ts'
import { retainOld, useStore } from './plans-scenario.ts'

const FILLING_MS = 240_000

const queries = new URL('../../../packages/engine/src/postgres/queries/', import.meta.url)

/** Asked now and then, by people: planned with a look at what they ask for. All others are planned without. */
const ASKED = 'list-sagas.ts'

/** Statements that read what grows, and who waits for that. */
const COLD: Readonly<Record<string, (text: string) => boolean>> = {
  // People: counts all live sagas by their definitions.
  'list-definitions.ts': () => true,
  // Health checks and metrics: counts all live sagas, and looks for the latest task.
  'read-backlog.ts': () => true,
  // Each worker, once in a round: one row for each queue with limits, of which there are a few.
  'read-limits.ts': () => true,
  // People and metrics: counts all tasks by their queues.
  'read-queue-use.ts': () => true,
  // People, who ask by an age, by how sagas ended, or by a key without a definition.
  [ASKED]: (text) =>
    /s\.started_at <=|k\.key = \$\d+::text and true/.test(text) ||
    (text.includes('s.status = any') && !text.includes("s.status in ('running'")),
}

// A server of its own: its settings are changed, and what others do on a shared one would be counted.
let server: PostgresServer
let redis: RedisServer
let large: Pool
let sent: readonly SentStatement[]

/** A database with so much in it, or nothing. */
const openFilled = async (name: string, size: TableSize | null): Promise<Pool> => {
  const admin = new Pool({ connectionString: server.url, max: 1 })
  await admin.query(`create database ${name}`)
  await admin.end()
  const url = new URL(server.url)
  url.pathname = `/${name}`
  await migrate({ databaseUrl: url.href })
  const pool = new Pool({ connectionString: url.href, max: 2, idleTimeoutMillis: 100 })
  await makeUnlogged(pool)
  if (size !== null) await fillTables(pool, size)
  return pool
}

beforeAll(async () => {
  ;[server, redis] = await Promise.all([startPostgres({ fsync: false }), startRedis()])
  const admin = new Pool({ connectionString: server.url, max: 1 })
  // What it reads would be counted.
  await admin.query('alter system set autovacuum = off')
  await admin.query('select pg_reload_conf()')
  await admin.end()
  large = await openFilled('large', LARGE)
}, FILLING_MS)

afterAll(async () => {
  await large.end()
  await Promise.all([server.close(), redis.close()])
})

/** What each saga of a load costs on these tables, and of another one before it, so that none is the very first. */
const costOf = async (pool: Pool): Promise<Pick<TableCounters, 'rowsRead' | 'buffers'>> => {
  const sagas = 600
  const { connectionString: databaseUrl = '' } = pool.options
  const load = { databaseUrl, redisUrl: redis.url, sagas, inFlight: 150 }
  await runLoad(load)
  const { rowsRead, buffers } = await countedOver(databaseUrl, () => runLoad(load))
  return { rowsRead: rowsRead / sagas, buffers: buffers / sagas }
}

it(
  'a saga costs the same beside a million others as beside a tenth of them',
  async () => {
    const none = await openFilled('none', null)
    const tenth = await openFilled('tenth', {
      ended: LARGE.ended / 10,
      waiting: LARGE.waiting / 10,
      overdue: 0,
    })
    const costs = {
      none: await costOf(none),
      tenth: await costOf(tenth),
      large: await costOf(large),
    }
    await Promise.all([none.end(), tenth.end()])
    expect(costs.large.rowsRead).toBeLessThan(costs.tenth.rowsRead * 1.2)
    expect(costs.large.buffers).toBeLessThan(costs.tenth.buffers * 1.2)
    expect(costs.large.rowsRead).toBeLessThan(costs.none.rowsRead * 1.2)
    // An index of a few hundred rows has two levels, and one of millions has three: that much is the difference.
    expect(costs.large.buffers).toBeLessThan(costs.none.buffers * 1.3)
  },
  FILLING_MS,
)

/** The first sending of each statement in a run of everything. */
const collectStatements = async (): Promise<readonly SentStatement[]> => {
  const found = new Map<string, SentStatement>()
  const { connectionString } = large.options
  const pool = recordingPool({ connectionString, max: 3 }, async (statement) => {
    if (!found.has(statement.text)) found.set(statement.text, statement)
  })
  await useStore(pool)
  await retainOld(pool)
  // Dropped by now, and named in one of the statements.
  await pool.query(
    'create table backstep.archived_sagas_2000_01 (like backstep.archived_sagas including all)',
  )
  await pool.end()
  return [...found.values()].filter(({ file }) => file !== null)
}

it('a run of everything sends each statement that there is', async () => {
  await addOverdue(large, LARGE)
  await addLimits(large)
  sent = await collectStatements()
  const names = await readdir(queries)
  const sources = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(new URL(name, queries), 'utf8') })),
  )
  const withStatement = sources.filter(({ text }) => text.includes('.execute('))
  expect(withStatement.length).toBeGreaterThan(20)
  const files = new Set(sent.map(({ file }) => file))
  expect(withStatement.map(({ name }) => name).filter((name) => !files.has(name))).toEqual([])
})

/** What is wrong with the plans of some statements, each with where it comes from and what it says. */
const problemsIn = async (
  client: PoolClient,
  statements: readonly SentStatement[],
): Promise<readonly string[]> => {
  const leading = await leadingColumns(client)
  const found: string[] = []
  for (const statement of statements) {
    const { file, text } = statement
    const planned = file === ASKED ? planFor : genericPlan
    const problems = problemsOf(await planned(client, statement), leading)
    if (problems.length > 0) found.push(`${file}: ${problems.join(', ')}\n${text}`)
  }
  return found
}

const isCold = ({ file, text }: SentStatement): boolean => COLD[file ?? '']?.(text) ?? false

it('no hot statement reads, sorts or hashes a whole table, whatever its parameters are', async () => {
  const client = await large.connect()
  const hot = await problemsIn(
    client,
    sent.filter((statement) => !isCold(statement)),
  )
  const cold = await problemsIn(
    client,
    sent.filter((statement) => isCold(statement)),
  )
  client.release()
  expect(hot).toEqual([])
  // Whoever is excused without need is to be excused no longer.
  const excused = Object.keys(COLD).filter((file) => !cold.some((found) => found.startsWith(file)))
  expect(excused).toEqual([])
})

it.each([
  'drop index backstep.saga_tasks_due',
  'drop index backstep.sagas_live',
  'drop index backstep.sagas_by_definition',
  'alter table backstep.sagas drop constraint sagas_pkey',
  'alter table backstep.saga_keys drop constraint saga_keys_pkey',
  'alter table backstep.saga_journal drop constraint saga_journal_pkey',
  'alter table backstep.saga_tasks drop constraint saga_tasks_pkey',
  'alter table backstep.saga_queue_slots drop constraint saga_queue_slots_pkey',
])('a missing index is found: %s', async (change) => {
  const client = await large.connect()
  try {
    await client.query('begin')
    await client.query(change)
    const hot = await problemsIn(
      client,
      sent.filter((statement) => !isCold(statement)),
    )
    expect(hot.length).toBeGreaterThan(0)
  } finally {
    await client.query('rollback')
    client.release()
  }
})
