import { randomUUID } from 'node:crypto'

import { createPostgresBackend, Queue, runMigrations, withBackend } from 'bullmq'
import { Client } from 'pg'

import type { QueueServer } from '../../../packages/engine/src/bullmq/create-bullmq-task-queue.ts'
import { redisUrl } from '../../support/server-urls.ts'
import { createTestDatabase } from '../../support/test-database.ts'

/** A server for a task queue, and BullMQ's own look at what is on it. */
export type TestQueueServer = {
  readonly server: QueueServer
  readonly schema: string
  readonly bullmqQueue: (name: string) => BullmqQueue
  readonly close: () => Promise<void>
}

/** What is used of BullMQ's own queue, by which one sees jobs and forges them. */
export type BullmqQueue = {
  readonly add: (name: string, data: unknown) => Promise<unknown>
  readonly getJobs: () => Promise<
    readonly {
      readonly id?: string
      readonly data: unknown
      readonly opts: { attempts?: number }
    }[]
  >
  readonly getJobCounts: () => Promise<Readonly<Record<string, number>>>
  readonly close: () => Promise<void>
}

/** The Redis that all tests share; the schema is nobody else's, and so are the keys. */
export const redisServer = async (): Promise<TestQueueServer> => {
  const schema = `test_${randomUUID().slice(0, 8)}`
  const url = redisUrl()
  const bullmqQueue = (name: string): BullmqQueue =>
    new Queue(name, { connection: { url }, prefix: `{backstep:${schema}:${name}}` })
  return { server: { kind: 'redis', url }, schema, bullmqQueue, close: async () => {} }
}

/** A database of its own, in which BullMQ has its tables. */
export const postgresServer = async (): Promise<TestQueueServer> => {
  const database = await createTestDatabase()
  await migrateBullmq(database.url, 'backstep_bullmq')
  const bullmq = withBackend(createPostgresBackend)
  const connection = { connectionString: database.url, schema: 'backstep_bullmq', max: 1 }
  const bullmqQueue = (name: string): BullmqQueue => new bullmq.Queue(name, { connection })
  return {
    server: { kind: 'postgres', config: { connectionString: database.url } },
    schema: 'backstep',
    bullmqQueue,
    close: () => database.drop(),
  }
}

/** What the migration of a database does for BullMQ. */
export const migrateBullmq = async (url: string, schema: string): Promise<void> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await runMigrations(client, schema)
  } finally {
    await client.end()
  }
}
