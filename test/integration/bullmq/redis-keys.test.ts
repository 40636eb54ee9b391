import { createBullmqTaskQueue } from '@backstep/engine/bullmq'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'

import type { TaskQueue } from '../../../packages/engine/src/ports/task-queue.ts'
import { eventually } from '../../support/eventually.ts'
import { redisUrl } from '../../support/server-urls.ts'
import { collectHints } from './collect-hints.ts'
import { freshHint } from './fresh-hint.ts'
import { redisServer, type TestQueueServer } from './queue-servers.ts'
import { recordedLogger } from './recorded-logger.ts'

const { lines, logger } = recordedLogger()
let server: TestQueueServer
let taskQueue: TaskQueue
let redis: Redis

beforeAll(async () => {
  server = await redisServer()
  taskQueue = createBullmqTaskQueue({ ...server, logger })
  redis = new Redis(redisUrl())
})
afterAll(async () => {
  await taskQueue.close()
  redis.disconnect()
})

it('keeps all keys of a queue in one slot of a Redis Cluster', async () => {
  await taskQueue.dispatch([freshHint('one'), freshHint('two'), freshHint('th{}ree')])
  const keys = await redis.keys(`*${server.schema}*`)
  expect(keys.length).toBeGreaterThan(6)
  const tags = keys.map((key) => /\{(.*?)\}/.exec(key)?.[1])
  const prefix = `backstep:${server.schema}:`
  expect(new Set(tags)).toEqual(new Set([`${prefix}one`, `${prefix}two`, `${prefix}th%7B%7Dree`]))
})

it('survives jobs written by hand that are not even JSON', async () => {
  const key = `{backstep:${server.schema}:broken}:broken`
  const { hints, consumer } = collectHints(taskQueue, 'broken', { concurrency: 1 })
  await redis
    .multi()
    .hset(`${key}:bad-json`, { name: 'turn', data: '{"sagaId":', timestamp: 'x', opts: '][' })
    .hset(`${key}:no-data`, { name: 'turn' })
    .lpush(`${key}:wait`, 'bad-json', 'no-data', 'no-hash-at-all')
    .zadd(`${key}:marker`, 0, '0')
    .exec()
  const honest = freshHint('broken')
  await taskQueue.dispatch([honest])
  await eventually(() => expect(hints).toEqual([honest]))
  expect(lines.length).toBeLessThan(6)
  await consumer.close()
})
