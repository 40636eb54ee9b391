import { runMigrations } from 'bullmq'
import { Client, type Pool } from 'pg'

import { queueSchemaName } from './queue-schema-name.ts'

/** Where BullMQ's tables are to be. */
export type MigrateQueueOptions = (
  | { readonly databaseUrl: string; readonly pool?: undefined }
  | { readonly pool: Pool; readonly databaseUrl?: undefined }
) & {
  /** The schema of our own tables, `backstep` unless said otherwise; BullMQ gets one beside it. */
  readonly schema?: string
}

/**
 * Brings BullMQ's own tables up to its version, for installations whose queues live in Postgres because there is no Redis.
 * One transaction; safe to run at once from many processes. Never needed with Redis.
 *
 * @returns the version that BullMQ's schema is at
 */
export async function migrateQueue(options: MigrateQueueOptions): Promise<number> {
  const schema = queueSchemaName(options.schema ?? 'backstep')
  if (options.pool !== undefined) {
    const client = await options.pool.connect()
    try {
      return await runMigrations(client, schema)
    } finally {
      client.release()
    }
  }
  const client = new Client({ connectionString: options.databaseUrl })
  // Without a listener, a connection that breaks would end the process; the statement in progress reports it anyway.
  client.on('error', () => {})
  await client.connect()
  try {
    return await runMigrations(client, schema)
  } finally {
    await client.end()
  }
}
