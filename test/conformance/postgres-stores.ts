import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

import { migrate, openPostgres as connect, PostgresStore } from '@backstep/engine/postgres'
import { Pool } from 'pg'

import { createTestDatabase } from '../support/test-database.ts'
import type { OpenStore } from './store-under-test.ts'

const migrations = new URL('../../migrations/', import.meta.url)

/** Postgres stores for one test file, one after the other. */
export type PostgresStores = {
  readonly open: OpenStore
  readonly end: () => Promise<void>
}

/**
 * A database for one test file. Each store that is opened finds it empty: emptying takes a millisecond, where a database
 * of its own for each of a hundred tests takes a minute.
 */
export async function postgresStores(): Promise<PostgresStores> {
  const key = await sumOfMigrations()
  const database = await createTestDatabase({ template: { key, prepare: migrated } })
  const connection = connect({ databaseUrl: database.url })
  const cleaner = new Pool({ connectionString: database.url, max: 1 })
  const tables = [
    'saga_tasks',
    'saga_journal',
    'saga_keys',
    'sagas',
    'saga_definitions',
    'saga_queues',
    'saga_queue_slots',
  ]
  const clean = tables.map((table) => `delete from backstep.${table}`).join('; ')
  return {
    open: async () => {
      await cleaner.query(clean)
      return { store: new PostgresStore(connection), passTime, nowMs, close: async () => {} }
    },
    end: async () => {
      await cleaner.end()
      await connection.close()
      await database.drop()
    },
  }
}

function nowMs(): number {
  return performance.now()
}

/** A timer may fire a little early: time has passed when the clock says so. */
async function passTime(ms: number): Promise<void> {
  const end = performance.now() + ms
  for (let left = ms; left > 0; left = end - performance.now()) await sleep(left)
}

async function migrated(databaseUrl: string): Promise<void> {
  await migrate({ databaseUrl })
}

async function sumOfMigrations(): Promise<string> {
  const names = (await readdir(migrations)).toSorted()
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, migrations), 'utf8')))
  return createHash('sha256')
    .update(JSON.stringify([names, texts]))
    .digest('hex')
}
