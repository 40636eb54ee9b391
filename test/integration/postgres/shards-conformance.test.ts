import { setTimeout as sleep } from 'node:timers/promises'

import { openPostgres, PostgresStore } from '@backstep/engine/postgres'
import { Pool } from 'pg'
import { afterAll } from 'vitest'

import { storeConformance } from '../../conformance/store-conformance.ts'
import { createShardedDatabase } from './shards-database.ts'

const TABLES = [
  'saga_tasks',
  'saga_journal',
  'saga_keys',
  'sagas',
  'saga_definitions',
  'saga_queues',
  'saga_queue_slots',
]

const database = await createShardedDatabase()
const connection = openPostgres({ databaseUrl: database.url })
const cleaner = new Pool({ connectionString: database.url, max: 1 })

afterAll(async () => {
  await cleaner.end()
  await connection.close()
  await database.drop()
})

const nowMs = (): number => performance.now()

/** A timer may fire a little early: time has passed when the clock says so. */
const passTime = async (ms: number): Promise<void> => {
  const end = performance.now() + ms
  for (let left = ms; left > 0; left = end - performance.now()) await sleep(left)
}

storeConformance('postgres in partitions', async () => {
  await cleaner.query(TABLES.map((name) => `delete from backstep.${name}`).join('; '))
  return { store: new PostgresStore(connection), passTime, nowMs, close: async () => {} }
})
