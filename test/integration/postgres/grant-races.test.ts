import { randomUUID } from 'node:crypto'
import { setTimeout as work } from 'node:timers/promises'

import { openPostgres, PostgresStore } from '@backstep/engine/postgres'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'

import { createMigratedDatabase, type MigratedDatabase } from './migrated-database.ts'
import { appendRecord, LONG_MS, newTask, startRecord } from './saga-writer.ts'

const QUEUE = 'limited'
const LIMIT = 3
const RACERS = 8

let database: MigratedDatabase
let connection: ReturnType<typeof openPostgres>
let store: PostgresStore

beforeAll(async () => {
  database = await createMigratedDatabase()
  connection = openPostgres({ databaseUrl: database.url, poolSize: RACERS })
  store = new PostgresStore(connection)
})

beforeEach(() => database.pool.query('truncate backstep.saga_tasks, backstep.saga_queues'))

afterAll(async () => {
  await connection.close()
  await database.drop()
})

interface Tally {
  held: number
  most: number
  granted: number
}

const startMany = async (count: number): Promise<void> => {
  const records = Array.from({ length: count }, () => {
    return startRecord(null, { task: newTask({ queue: QUEUE }) })
  })
  await store.start(records)
}

/** Asks for tasks and ends them, until there are none. What is held is counted from each answer to before each end. */
const race = async (tally: Tally, wanted: number, leaseMs: number): Promise<void> => {
  for (let vain = 0; vain < 200 && tally.granted < SAGAS; vain += 1) {
    const claimIds = Array.from({ length: wanted }, () => randomUUID())
    const { grants } = await store.grant({ queue: QUEUE, claimIds, leaseMs, aheadMs: 0 })
    tally.granted += grants.length
    tally.held += grants.length
    tally.most = Math.max(tally.most, tally.held)
    if (grants.length > 0) await work(Math.random() * 8)
    for (const { sagaId, branch, claimId } of grants) {
      const task = { type: 'remove', branch, claimId } as const
      tally.held -= 1
      expect(await store.append([appendRecord(sagaId, { task })])).toMatchObject([
        { applied: true },
      ])
      vain = 0
    }
  }
}

const SAGAS = 150

it('those who ask at the same moment never have more than there are slots', async () => {
  await store.declareLimits([{ queue: QUEUE, maximumConcurrency: LIMIT, rate: null }])
  await startMany(SAGAS)
  const tally = { held: 0, most: 0, granted: 0 }
  await Promise.all(Array.from({ length: RACERS }, (_, no) => race(tally, 1 + (no % 3), LONG_MS)))
  expect(tally).toEqual({ held: 0, most: LIMIT, granted: SAGAS })
})

it('those who ask at the same moment never have more than there are tokens', async () => {
  const rate = { limit: 40, perMs: LONG_MS }
  await store.declareLimits([{ queue: QUEUE, maximumConcurrency: null, rate }])
  await startMany(SAGAS)
  const tally = { held: 0, most: 0, granted: 0 }
  await Promise.all(Array.from({ length: RACERS }, (_, no) => race(tally, 1 + (no % 3), LONG_MS)))
  expect(tally.granted).toBe(40)
})

it('takeovers keep their slots, and nobody waits in a circle', async () => {
  const rate = { limit: 1_000_000, perMs: 1 }
  await store.declareLimits([{ queue: QUEUE, maximumConcurrency: LIMIT, rate }])
  await startMany(60)
  let most = 0
  const watch = async (): Promise<void> => {
    const { rows } = await database.pool.query<{ readonly held: number }>(
      'select count(*)::int4 as held from backstep.saga_tasks where claim_id is not null',
    )
    most = Math.max(most, rows[0]?.held ?? 0)
  }
  const ask = async (): Promise<void> => {
    for (let round = 0; round < 25; round += 1) {
      const claimIds = [randomUUID(), randomUUID()]
      await store.grant({ queue: QUEUE, claimIds, leaseMs: 1, aheadMs: 0 })
      const taken = await store.takeOver({ queues: [QUEUE], limit: 2, leaseMs: 1 })
      await watch()
      for (const { sagaId, branch, claimId, journal } of taken) {
        if (Math.random() < 0.5) continue
        const seq = (journal.entries.at(-1)?.seq ?? 0) + 1
        const task = { type: 'remove', branch, claimId } as const
        await store.append([appendRecord(sagaId, { seq, task })])
      }
    }
  }
  await Promise.all(Array.from({ length: 5 }, ask))
  expect(most).toBe(LIMIT)
})
