import { Pool, type PoolClient } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'

import type { TestDatabase } from '../../support/test-database.ts'
import { recordingPool, type SentStatement } from './plans-recording.ts'
import { useStore } from './plans-scenario.ts'
import { createShardedDatabase, SHARDS } from './shards-database.ts'
import { sagaIdsIn, shardsOf, touchedShards } from './shards-reading.ts'

/** Statements that are about no saga in particular: who looks for work, or makes a list, looks everywhere. */
const EVERYWHERE: ReadonlySet<string | null> = new Set([
  'find-overdue.ts',
  'find-undispatched.ts',
  'grant-tasks.ts',
  'take-over-expired.ts',
  // An operator's, once in a while.
  'wake-definition.ts',
  'list-definitions.ts',
  'list-sagas.ts',
  'read-backlog.ts',
  'read-queue-use.ts',
])

/** A statement as it was sent, the partitions of the sagas that it names, and those that it looked into. */
type Touch = {
  readonly file: string | null
  readonly sagas: number
  readonly of: readonly number[]
  readonly touched: readonly number[]
}

let database: TestDatabase
let touches: readonly Touch[]

beforeAll(async () => {
  database = await createShardedDatabase()
  const side = new Pool({ connectionString: database.url, max: 1 })
  const client = await side.connect()
  touches = await touchesOfEverything(client)
  client.release()
  await side.end()
})

afterAll(() => database.drop())

/** Each statement is run twice: first aside, to be watched, and taken back. */
const touchesOfEverything = async (client: PoolClient): Promise<readonly Touch[]> => {
  const found: Touch[] = []
  const watch = async (statement: SentStatement): Promise<void> => {
    if (statement.file === null) return
    const sagaIds = sagaIdsIn(statement)
    const of = await shardsOf(client, sagaIds)
    const touched = await touchedShards(client, statement)
    found.push({ file: statement.file, sagas: sagaIds.length, of, touched })
  }
  const pool = recordingPool({ connectionString: database.url, max: 3 }, watch)
  await useStore(pool)
  await pool.end()
  return found
}

it('a statement about some sagas looks into their partitions only', () => {
  const about = touches.filter(({ file }) => !EVERYWHERE.has(file))
  expect(about.filter(({ of, touched }) => touched.some((shard) => !of.includes(shard)))).toEqual(
    [],
  )
  // It was looked at, and not only passed by: most have found their saga where it is.
  const alone = about.filter(({ sagas, touched }) => sagas === 1 && touched.length === 1)
  expect(new Set(alone.map(({ file }) => file)).size).toBeGreaterThanOrEqual(12)
  expect(new Set(alone.flatMap(({ touched }) => touched)).size).toBeGreaterThan(1)
})

it('only what is about no saga in particular looks everywhere', () => {
  const all = touches.filter(({ touched }) => touched.length === SHARDS)
  expect(new Set(all.map(({ file }) => file))).toEqual(EVERYWHERE)
})
