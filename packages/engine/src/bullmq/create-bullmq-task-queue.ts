import type { PoolConfig } from 'pg'

import type { Logger } from '../ports/logger.ts'
import type { TaskQueue } from '../ports/task-queue.ts'
import { BullmqTaskQueue } from './bullmq-task-queue.ts'
import { PostgresBackend } from './postgres-backend.ts'
import type { QueueBackend } from './queue-backend.ts'
import { RedisBackend } from './redis-backend.ts'

/** Where the queue is and who hears of its trouble. */
export interface BullmqTaskQueueOptions {
  readonly server: QueueServer
  /** The schema of the engine's own tables: queues of engines that share a server are kept apart by it. */
  readonly schema: string
  readonly logger: Logger
}

/**
 * Redis, by a URL with `redis:` or `rediss:`; or Postgres, by what `pg` takes, for those who have no Redis. On Postgres the
 * connection must be direct, not through PgBouncer, and the numbers of connections and the time-outs are set here.
 */
export type QueueServer =
  | { readonly kind: 'redis'; readonly url: string }
  | { readonly kind: 'postgres'; readonly config: PoolConfig }

/**
 * A task queue over BullMQ. Connects when the first hint is sent or the first consumer begins, not before.
 *
 * @throws BackstepError `CONFIGURATION_INVALID` for a URL or a schema that cannot be used
 */
export const createBullmqTaskQueue = ({
  server,
  schema,
  logger,
}: BullmqTaskQueueOptions): TaskQueue => new BullmqTaskQueue(backendOf(server, schema), logger)

const backendOf = (server: QueueServer, schema: string): QueueBackend => {
  switch (server.kind) {
    case 'redis':
      return new RedisBackend(server.url, schema)
    case 'postgres':
      return new PostgresBackend(server.config, schema)
  }
}
