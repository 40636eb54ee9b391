import type { Pool } from 'pg'
import { CockatielBreakers } from './cockatiel/index.ts'
import { createBullmqTaskQueue, type QueueServer } from './bullmq/index.ts'
import { BackstepError } from './core/backstep-error.ts'
import type { Logger } from './ports/logger.ts'
import { openPostgres, PostgresStore } from './postgres/index.ts'
import { Backstep } from './runtime/backstep.ts'
import { groupCommit } from './runtime/group-commit.ts'
import type { QueuesOptions } from './runtime/queue-options.ts'
import { silentLogger } from './runtime/silent-logger.ts'
import { systemClock } from './runtime/system-clock.ts'
import { systemIds } from './runtime/system-ids.ts'

/** Where Backstep keeps its state and sends its hints. */
export interface CreateBackstepOptions {
  /** Postgres, as a URL. Give either this or a pool. */
  readonly databaseUrl?: string | undefined
  /** The application's own pool. It is used and never closed. */
  readonly pool?: Pool | undefined
  /** Redis, as a URL. Without it hints go through BullMQ's tables in the same Postgres. */
  readonly redisUrl?: string | undefined
  /** The Postgres schema of Backstep's tables. Default `backstep`. */
  readonly schema?: string | undefined
  /** Connections for transactional steps, besides all others: so many of them run at once in this process. Default 5. */
  readonly transactionConnections?: number | undefined
  /** What the steps of a queue may do together, over all workers; a worker of this client makes it known when it starts. */
  readonly queues?: QueuesOptions | undefined
  /** A pino logger, or anything of that shape. Silent unless given. */
  readonly logger?: Logger | undefined
}

/**
 * Makes a client. It connects when it is first used. `backstep migrate` must have been run on the schema.
 *
 * @throws BackstepError `CONFIGURATION_INVALID` that names what is missing or cannot be used
 */
export function createBackstep(options: CreateBackstepOptions): Backstep {
  const { redisUrl, schema = 'backstep', logger = silentLogger } = options
  const { transactionConnections, queues } = options
  const source = sourceOf(options)
  const onError = (error: Error): void =>
    logger.warn({ err: error }, 'a connection to Postgres broke')
  const connection = openPostgres({ ...source, schema, transactionConnections, onError })
  const store = new PostgresStore(connection)
  const server: QueueServer =
    redisUrl === undefined
      ? { kind: 'postgres', config: queueConfig(source) }
      : { kind: 'redis', url: redisUrl }
  const queue = createBullmqTaskQueue({ server, schema, logger })
  const hot = groupCommit({ sagas: store, tasks: store })
  const rest = { definitions: store, queries: store, limits: store, pauses: store }
  const stores = { ...hot, transactions: store, ...rest }
  const breakers = new CockatielBreakers()
  const engine = { ...stores, queue, breakers, clock: systemClock, ids: systemIds, logger }
  const close = async (): Promise<void> => {
    await queue.close()
    await connection.close()
  }
  return new Backstep(engine, close, queues)
}

type Source = { readonly databaseUrl: string } | { readonly pool: Pool }

function sourceOf({ databaseUrl, pool }: CreateBackstepOptions): Source {
  if (databaseUrl !== undefined && databaseUrl !== '' && pool === undefined) return { databaseUrl }
  if (pool !== undefined && databaseUrl === undefined) return { pool }
  throw new BackstepError(
    'CONFIGURATION_INVALID',
    'createBackstep needs to know where Postgres is: pass either databaseUrl, such as "postgres://user@host/database", or a pool, and not both.',
  )
}

function queueConfig(source: Source): Extract<QueueServer, { kind: 'postgres' }>['config'] {
  return 'pool' in source ? source.pool.options : { connectionString: source.databaseUrl }
}
