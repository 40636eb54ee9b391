import { createBullmqTaskQueue } from '@backstep/engine/bullmq'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import type { TaskQueue } from '../../../packages/engine/src/ports/task-queue.ts'
import { askPostgres } from '../../support/ask-server.ts'
import { eventually } from '../../support/eventually.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { arrivesWithin, collectHints, type Collected } from './collect-hints.ts'
import { freshHint } from './fresh-hint.ts'
import { migrateBullmq } from './queue-servers.ts'
import { recordedLogger } from './recorded-logger.ts'

const { lines, logger } = recordedLogger()
const opened: { readonly close: () => Promise<void> }[] = []
let database: TestDatabase
let proxy: TcpProxy

beforeAll(async () => {
  database = await createTestDatabase()
  await migrateBullmq(database.url, 'backstep_bullmq')
  proxy = await TcpProxy.start(database.url)
})
afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close()
  lines.length = 0
})
afterAll(async () => {
  await proxy.close()
  await database.drop()
})

const open = (schema: string): Collected & { readonly taskQueue: TaskQueue } => {
  const server = { kind: 'postgres', config: { connectionString: proxy.url } } as const
  const taskQueue = createBullmqTaskQueue({ server, schema, logger })
  const collected = collectHints(taskQueue, 'default')
  opened.push(taskQueue, collected.consumer)
  return { taskQueue, ...collected }
}

it('names the command that makes the schema, and works once it was run', async () => {
  const queue = open('late')
  await expect(queue.taskQueue.dispatch([freshHint('default')])).rejects.toMatchObject({
    code: 'DATABASE_NOT_MIGRATED',
    message: expect.stringMatching(/"late_bullmq".*backstep migrate/),
  })
  await eventually(() => expect(queue.errors[0]).toMatchObject({ code: 'DATABASE_NOT_MIGRATED' }))
  await migrateBullmq(database.url, 'late_bullmq')
  expect(await arrivesWithin(9_000, queue)).toBe(true)
  expect(lines.length).toBeLessThan(6)
})

it('makes no schema by itself', async () => {
  const queue = open('nowhere')
  const dispatched = queue.taskQueue.dispatch([freshHint('default')])
  await expect(dispatched).rejects.toThrow(/backstep migrate/)
  const count = `select count(*)::int as answer from pg_namespace where nspname = 'nowhere_bullmq'`
  expect(await askPostgres(database.url, count)).toBe(0)
})

it('goes on when its connections are cut', async () => {
  const queue = open('backstep')
  expect(await arrivesWithin(9_000, queue)).toBe(true)
  proxy.cut()
  expect(await arrivesWithin(9_000, queue)).toBe(true)
})

it('refuses hints while Postgres is away, and begins when it comes', async () => {
  proxy.setMode({ kind: 'refuse' })
  const queue = open('backstep')
  await expect(queue.taskQueue.dispatch([freshHint('default')])).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
  })
  await eventually(() => expect(queue.errors.length).toBeGreaterThan(0))
  proxy.setMode({ kind: 'pass' })
  expect(await arrivesWithin(9_000, queue)).toBe(true)
})

it('refuses hints in time while Postgres does not answer', async () => {
  const queue = open('backstep')
  expect(await arrivesWithin(9_000, queue)).toBe(true)
  proxy.setMode({ kind: 'blackhole' })
  const startedAt = performance.now()
  await expect(queue.taskQueue.dispatch([freshHint('default')])).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
  })
  expect(performance.now() - startedAt).toBeLessThan(2_500)
  proxy.setMode({ kind: 'pass' })
  expect(await arrivesWithin(9_000, queue)).toBe(true)
})

it('keeps the options of a URL beside its own search path', async () => {
  const url = new URL(database.url)
  url.searchParams.set('options', '-c statement_timeout=4321')
  const server = { kind: 'postgres', config: { connectionString: url.href } } as const
  const taskQueue = createBullmqTaskQueue({ server, schema: 'backstep', logger })
  opened.push(taskQueue)
  await expect(taskQueue.dispatch([freshHint('elsewhere')])).resolves.toBeUndefined()
})
