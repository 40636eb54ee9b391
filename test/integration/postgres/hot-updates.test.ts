import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { migrate, openPostgres, PostgresStore } from '@backstep/engine/postgres'
import { startPostgres, startRedis, type PostgresServer, type RedisServer } from '@backstep/servers'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { countedOver } from './growth-counters.ts'
import { runLoad } from './growth-run.ts'
import { LONG_MS, startRecord } from './saga-writer.ts'

const SAGAS = 400
const BATCH = 100
const BEATS = 10

// A server of its own: a transaction in any database of a shared one may keep old rows from being cleared away.
let server: PostgresServer
let redis: RedisServer

beforeAll(async () => {
  ;[server, redis] = await Promise.all([startPostgres({ fsync: false }), startRedis()])
  await migrate({ databaseUrl: server.url })
})

afterAll(() => Promise.all([server.close(), redis.close()]))

const claimAndBeat = async (store: PostgresStore): Promise<void> => {
  const records = Array.from({ length: SAGAS }, () => startRecord())
  await store.start(records)
  for (let from = 0; from < SAGAS; from += BATCH) {
    const batch = records.slice(from, from + BATCH).map(({ sagaId, task: { branch, nonce } }) => {
      return { sagaId, branch, nonce, claimId: randomUUID(), leaseMs: LONG_MS, known: null }
    })
    expect(await store.claim(batch)).not.toContain(null)
    for (let beat = 0; beat < BEATS; beat += 1) {
      await store.heartbeat({ claims: batch, leaseMs: LONG_MS })
    }
  }
}

it('claims and heartbeats leave every index alone, also when they touch every row of a page', async () => {
  const { updates, hotUpdates } = await countedOver(
    server.url,
    async () => {
      const connection = openPostgres({ databaseUrl: server.url })
      await claimAndBeat(new PostgresStore(connection))
      // A session tells its statistics when it ends at the latest.
      await connection.close()
    },
    ['saga_tasks'],
  )
  expect(updates).toBe(SAGAS * (BEATS + 1))
  expect(hotUpdates).toBe(updates)
})

it('under load nine of ten updates of tasks leave every index alone', async () => {
  const sagas = 600
  const { updates, hotUpdates } = await countedOver(
    server.url,
    () =>
      runLoad({
        databaseUrl: server.url,
        redisUrl: redis.url,
        sagas,
        // Three times what a worker has room for: most sagas begin in the queue, and are claimed from there.
        inFlight: 600,
        // Some of them longer than it takes to the next heartbeat, and than a sweep leaves a task alone.
        pause: async (saga) => {
          if (saga % 100 === 0) await sleep(3_500)
        },
      }),
    ['saga_tasks'],
  )
  expect(updates).toBeGreaterThan(sagas / 2)
  expect(hotUpdates / updates).toBeGreaterThanOrEqual(0.9)
})
