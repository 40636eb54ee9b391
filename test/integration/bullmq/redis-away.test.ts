import { createBullmqTaskQueue } from '@backstep/engine/bullmq'
import { startRedis, type RedisServer } from '@backstep/servers'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'

import type { TaskQueue } from '../../../packages/engine/src/ports/task-queue.ts'
import { askRedis } from '../../support/ask-server.ts'
import { eventually } from '../../support/eventually.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { arrivesWithin, collectHints, type Collected } from './collect-hints.ts'
import { freshHint, freshHints } from './fresh-hint.ts'
import { recordedLogger } from './recorded-logger.ts'

const { lines, logger } = recordedLogger()
let redis: RedisServer
let proxy: TcpProxy
let queue: Collected & { readonly taskQueue: TaskQueue }

beforeAll(async () => {
  redis = await startRedis()
  proxy = await TcpProxy.start(redis.url)
})
beforeEach(() => {
  lines.length = 0
  queue = open(proxy.url)
})
afterEach(async () => {
  await queue.consumer.close()
  await queue.taskQueue.close()
})
afterAll(async () => {
  await proxy.close()
  await redis.close()
})

const open = (url: string): typeof queue => {
  const server = { kind: 'redis', url } as const
  const taskQueue = createBullmqTaskQueue({ server, schema: 'backstep', logger })
  return { taskQueue, ...collectHints(taskQueue, 'default') }
}

const msOf = async (work: Promise<unknown>): Promise<number> => {
  const startedAt = performance.now()
  await work.catch(() => {})
  return performance.now() - startedAt
}

/** The code with which a hint is refused, or how long that took when it was too long. */
const refusal = async ({ taskQueue } = queue): Promise<unknown> => {
  const dispatched = taskQueue.dispatch([freshHint('default')])
  const tookMs = await msOf(dispatched)
  if (tookMs > 2_500) return `refused after ${tookMs} ms`
  return dispatched.catch(({ code }: { readonly code: unknown }) => code)
}

it('refuses hints while Redis is killed, and works again after its restart', async () => {
  expect(await arrivesWithin(5_000, queue)).toBe(true)
  await redis.kill()
  expect(await refusal()).toBe('QUEUE_UNAVAILABLE')
  expect(await refusal()).toBe('QUEUE_UNAVAILABLE')
  await redis.restart()
  expect(await arrivesWithin(5_000, queue)).toBe(true)
})

it('works when Redis comes after the queue was opened', async () => {
  await redis.kill()
  const early = open(redis.url)
  expect(await refusal(early)).toBe('QUEUE_UNAVAILABLE')
  await redis.restart()
  expect(await arrivesWithin(5_000, early)).toBe(true)
  await early.consumer.close()
  await early.taskQueue.close()
})

it('refuses hints while no byte goes to Redis or back, and works again after that', async () => {
  expect(await arrivesWithin(5_000, queue)).toBe(true)
  proxy.setMode({ kind: 'blackhole' })
  expect(await refusal()).toBe('QUEUE_UNAVAILABLE')
  expect(await refusal()).toBe('QUEUE_UNAVAILABLE')
  proxy.setMode({ kind: 'pass' })
  expect(await arrivesWithin(8_000, queue)).toBe(true)
})

it('leaves a connection behind on which nothing comes any more', async () => {
  expect(await arrivesWithin(5_000, queue)).toBe(true)
  proxy.setMode({ kind: 'blackhole' })
  const complained = (): void =>
    expect(queue.errors.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('Socket timeout'),
    )
  await eventually(complained, { timeoutMs: 9_000 })
  proxy.setMode({ kind: 'pass' })
  expect(await arrivesWithin(8_000, queue)).toBe(true)
})

it('refuses hints while Redis is full, and works again after that', async () => {
  expect(await arrivesWithin(5_000, queue)).toBe(true)
  await askRedis(redis.url, 'CONFIG', 'SET', 'maxmemory', '1')
  expect(await refusal()).toBe('QUEUE_UNAVAILABLE')
  await askRedis(redis.url, 'CONFIG', 'SET', 'maxmemory', '0')
  expect(await arrivesWithin(5_000, queue)).toBe(true)
})

/** How often Redis has refused something because it is full. */
const refusalsOfRedis = async (): Promise<number> => {
  const info = String(await askRedis(redis.url, 'INFO', 'errorstats'))
  return Number(/errorstat_OOM:count=(\d+)/.exec(info)?.[1] ?? 0)
}

it('neither asks in a loop nor fills the log while Redis is full and jobs wait', async () => {
  await queue.taskQueue.dispatch(freshHints(5, 'waiting'))
  await askRedis(redis.url, 'CONFIG', 'SET', 'maxmemory', '1')
  const [before, startedAt] = [await refusalsOfRedis(), performance.now()]
  const late = collectHints(queue.taskQueue, 'waiting')
  await eventually(async () => expect(await refusalsOfRedis()).toBeGreaterThan(before + 3))
  const seconds = (performance.now() - startedAt) / 1_000
  expect(((await refusalsOfRedis()) - before) / seconds).toBeLessThan(30)
  await askRedis(redis.url, 'CONFIG', 'SET', 'maxmemory', '0')
  await eventually(() => expect(late.hints).toHaveLength(5))
  await late.consumer.close()
  expect(late.errors.length).toBeGreaterThan(0)
  expect(lines.length).toBeLessThan(10)
})

it('works again after all of Redis was flushed', async () => {
  expect(await arrivesWithin(5_000, queue)).toBe(true)
  await askRedis(redis.url, 'FLUSHALL')
  expect(await arrivesWithin(5_000, queue)).toBe(true)
})

it('finishes the hints in hand and closes within seconds while Redis is away', async () => {
  const gate = Promise.withResolvers<void>()
  const slow = collectHints(queue.taskQueue, 'slow', { onHint: () => gate.promise })
  await queue.taskQueue.dispatch([freshHint('slow')])
  await eventually(() => expect(slow.hints).toHaveLength(1))
  await redis.kill()
  const closing = Promise.all([slow.consumer.close(), queue.consumer.close()])
  gate.resolve()
  expect(await msOf(closing)).toBeLessThan(3_000)
  expect(await msOf(queue.taskQueue.close())).toBeLessThan(1_500)
  await redis.restart()
})

/** Waits until the consumer knows of it, well within the time that the engine has for it. */
const takes = (isTaking: boolean): Promise<void> =>
  eventually(() => expect(queue.consumer.isTaking).toBe(isTaking), { timeoutMs: 4_000 })

const refuse = (): void => {
  proxy.setMode({ kind: 'refuse' })
  proxy.cut()
}

it.each<readonly [string, () => unknown]>([
  ['answers nobody', () => proxy.setMode({ kind: 'vanish' })],
  ['is slow', () => proxy.setMode({ kind: 'pass', delayMs: 750 })],
  ['is full', () => askRedis(redis.url, 'CONFIG', 'SET', 'maxmemory', '1')],
  ['refuses', () => refuse()],
])('knows when Redis %s, and when it is well again', async (_, begin) => {
  await takes(true)
  await begin()
  await takes(false)
  await askRedis(redis.url, 'CONFIG', 'SET', 'maxmemory', '0')
  proxy.setMode({ kind: 'pass' })
  await takes(true)
  expect(await arrivesWithin(5_000, queue)).toBe(true)
})

it('is not silent while it has its hands full', async () => {
  await takes(true)
  const { promise: done, resolve } = Promise.withResolvers<void>()
  const busy = collectHints(queue.taskQueue, 'busy', { concurrency: 1, onHint: () => done })
  await queue.taskQueue.dispatch([freshHint('busy')])
  await eventually(() => expect(busy.hints).toHaveLength(1))
  proxy.setMode({ kind: 'blackhole' })
  await takes(false)
  expect(busy.consumer.isTaking).toBe(true)
  proxy.setMode({ kind: 'pass' })
  resolve()
  await busy.consumer.close()
})
