import {
  createPostgresBackend,
  SchemaMigrationRequiredError,
  withBackend,
  type PostgresPoolConfig,
} from 'bullmq'
import type { ClientBase, PoolConfig } from 'pg'

import { BackstepError } from '../core/backstep-error.ts'
import type { JobSender, OpenTaker, QueueBackend, TakerSettings } from './queue-backend.ts'
import { paceFailingFetches } from './pace-failing-fetches.ts'
import { queueSchemaName } from './queue-schema-name.ts'
import { takerOptions } from './taker-options.ts'

const { Queue } = withBackend(createPostgresBackend)

const SENDER_CONNECTIONS = 2
const TAKER_CONNECTIONS = 5
const ignore = (): void => {}

/** A function, a table or a schema that is not there: the schema is older than this BullMQ, or half there. */
const MISSING_OBJECT: ReadonlySet<unknown> = new Set(['42883', '42P01', '3F000'])

/**
 * BullMQ on Postgres, for those who have no Redis. It listens and sets the search path when it connects, so it needs a
 * connection of its own: PgBouncer must not be between. The tables are made by `backstep migrate`, never here.
 */
export class PostgresBackend implements QueueBackend {
  readonly sharesStore = true
  readonly #config: PoolConfig
  readonly #schema: string

  /**
   * @throws BackstepError `CONFIGURATION_INVALID` for a schema that cannot be used
   */
  constructor(config: PoolConfig, schema: string) {
    this.#schema = queueSchemaName(schema)
    this.#config = withoutOptionsInUrl(config)
  }

  openSender(name: string): JobSender {
    return new Queue(name, {
      connection: this.#connection({
        max: SENDER_CONNECTIONS,
        connectionTimeoutMillis: 1_000,
        query_timeout: 1_000,
      }),
      skipWaitingForReady: true,
      streams: { events: { maxLen: 100 } },
    })
  }

  openTaker(name: string, { concurrency, process, fetches }: TakerSettings): OpenTaker {
    const { Worker } = withBackend(paceFailingFetches(createPostgresBackend, fetches))
    const taker = new Worker(name, (job, token) => process(job, token), {
      ...takerOptions,
      connection: this.#connection({
        max: TAKER_CONNECTIONS,
        connectionTimeoutMillis: 5_000,
        query_timeout: 5_000,
      }),
      concurrency,
    })
    return { taker, disconnect: ignore }
  }

  explain(error: unknown): unknown {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
    if (!(error instanceof SchemaMigrationRequiredError) && !MISSING_OBJECT.has(code)) return error
    return new BackstepError(
      'DATABASE_NOT_MIGRATED',
      `BullMQ's tables in the schema "${this.#schema}" are missing or too old. Run "backstep migrate", then try again.`,
      { cause: error },
    )
  }

  close(): void {
    // Each queue of BullMQ ends its own connections.
  }

  #connection(limits: PostgresPoolConfig): PostgresPoolConfig {
    return {
      ...withoutUndefined(this.#config),
      ...limits,
      keepAlive: true,
      schema: this.#schema,
      // BullMQ takes a client out without a listener: one that breaks meanwhile would end the process.
      onConnect: (client: ClientBase) => void client.on('error', ignore),
    }
  }
}

/** BullMQ's types know no setting that is there and undefined. */
const withoutUndefined = (config: PoolConfig): PostgresPoolConfig =>
  Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined))

/** In a URL, `options` would replace the search path that BullMQ sets; beside the URL they are added to it. */
const withoutOptionsInUrl = (config: PoolConfig): PoolConfig => {
  const url = URL.parse(config.connectionString ?? '')
  const options = url?.searchParams.get('options')
  if (url === null || options === null || options === undefined) return config
  url.searchParams.delete('options')
  return {
    ...config,
    connectionString: url.href,
    options: [config.options, options].filter(Boolean).join(' '),
  }
}
