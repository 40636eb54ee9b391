import { createBackstep, startWorker, type Backstep, type RunningWorker } from '@backstep/engine'
import { startRedis, type RedisServer } from '@backstep/servers'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import type { TestDatabase } from '../support/test-database.ts'
import { orderSaga, quickTuning } from './order-saga.ts'

const longestStartMs = 3_000

let database: TestDatabase
let redis: RedisServer
let backstep: Backstep
let worker: RunningWorker

beforeAll(async () => {
  database = await createEngineDatabase('backstep')
  redis = await startRedis()
  backstep = createBackstep({ databaseUrl: database.url, redisUrl: redis.url })
  worker = await startWorker({ backstep, sagas: [orderSaga], ...quickTuning })
})

afterAll(async () => {
  await worker.stop()
  await backstep.close()
  await redis.close()
  await database.drop()
})

/** Starts a saga; tells how long that took, and how it ended. */
async function run(): Promise<{ readonly status: string; readonly startedInMs: number }> {
  const startedAt = performance.now()
  const saga = await backstep.start(orderSaga, { input: { item: 'teapot' } })
  const startedInMs = performance.now() - startedAt
  const { status } = await saga.result({ timeout: '30s' })
  return { status, startedInMs }
}

test('a saga starts at once and runs while Redis does not answer', async () => {
  redis.pause()
  try {
    const { status, startedInMs } = await run()
    expect(startedInMs).toBeLessThan(longestStartMs)
    expect(status).toBe('completed')
  } finally {
    redis.resume()
  }
})

test('a saga starts at once and runs while Redis is full', async () => {
  const client = new Redis(redis.url)
  await client.config('SET', 'maxmemory', '1')
  try {
    const { status, startedInMs } = await run()
    expect(startedInMs).toBeLessThan(longestStartMs)
    expect(status).toBe('completed')
  } finally {
    await client.config('SET', 'maxmemory', '0')
    client.disconnect()
  }
})

test('a saga starts at once and runs while Redis is down, and after it has come back', async () => {
  await redis.kill()
  const { status, startedInMs } = await run()
  expect(startedInMs).toBeLessThan(longestStartMs)
  expect(status).toBe('completed')
  await redis.restart()
  expect((await run()).status).toBe('completed')
})
