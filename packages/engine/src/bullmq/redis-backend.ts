import { createRedisBackend, withBackend } from 'bullmq'
import type { Redis, RedisOptions } from 'ioredis'

import { BackstepError } from '../core/backstep-error.ts'
import { endRedisConnection } from './end-redis-connection.ts'
import { GatheringRedis } from './gathering-redis.ts'
import type { JobSender, OpenTaker, QueueBackend, TakerSettings } from './queue-backend.ts'
import { paceFailingFetches } from './pace-failing-fetches.ts'
import { queueSchemaName } from './queue-schema-name.ts'
import { takerOptions } from './taker-options.ts'

const { Queue } = withBackend(createRedisBackend)

const LONGEST_RETRY_MS = 500
/** How long a fetch may wait for jobs: the shorter, the sooner it shows that a connection is dead. */
const LONGEST_WAIT_SECONDS = 1
const ignore = (): void => {}

const commonOptions = {
  // Work goes on within seconds after Redis is back: BullMQ's own strategy waits up to 20 s.
  retryStrategy: (times: number) =>
    Math.min(50 * 2 ** times, LONGEST_RETRY_MS) * (0.8 + Math.random() * 0.2),
  // After a failover the old primary refuses writes over connections that stand.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  disconnectTimeout: 500,
  keepAlive: 5_000,
} satisfies RedisOptions

/** Fails soon: who sends a hint has better things to do than to wait for Redis. */
const senderOptions = {
  ...commonOptions,
  maxRetriesPerRequest: 1,
  commandTimeout: 1_000,
  connectTimeout: 1_000,
  // No answer will come any more to what a command has waited for in vain: the next one gets a new connection.
  socketTimeout: 1_500,
  autoResendUnfulfilledCommands: false,
} satisfies RedisOptions

/** Never gives up. A connection on which nothing comes for longer than a fetch may block is dead, and is made anew. */
const takerConnectionOptions = {
  ...commonOptions,
  maxRetriesPerRequest: null,
  connectTimeout: 2_000,
  socketTimeout: 2_000,
} satisfies RedisOptions

/** BullMQ on Redis. */
export class RedisBackend implements QueueBackend {
  readonly sharesStore = false
  readonly #url: string
  readonly #schema: string
  #connection: Redis | undefined

  /**
   * @throws BackstepError `CONFIGURATION_INVALID` for a URL or a schema that cannot be used
   */
  constructor(url: string, schema: string) {
    const protocol = URL.parse(url)?.protocol
    if (protocol !== 'redis:' && protocol !== 'rediss:') {
      // The URL itself may hold a password.
      throw new BackstepError(
        'CONFIGURATION_INVALID',
        'The URL of Redis cannot be used: write redis://host:port or rediss://host:port.',
      )
    }
    queueSchemaName(schema)
    this.#url = url
    this.#schema = schema
  }

  openSender(name: string): JobSender {
    if (this.#connection === undefined) {
      this.#connection = new GatheringRedis(this.#url, senderOptions)
      this.#connection.on('error', ignore)
    }
    return new Queue(name, {
      connection: this.#connection,
      prefix: this.#prefix(name),
      skipWaitingForReady: true,
      // A check that fails once would be remembered for ever, and Redis may be away right now.
      skipVersionCheck: true,
      streams: { events: { maxLen: 100 } },
    })
  }

  openTaker(name: string, { concurrency, process, fetches }: TakerSettings): OpenTaker {
    const { Worker } = withBackend(paceFailingFetches(createRedisBackend, fetches))
    const connection = new TakerConnection(this.#url, takerConnectionOptions)
    connection.on('error', (error) => connection.noticed(error, connection))
    const taker = new Worker(name, (job, token) => process(job, token), {
      ...takerOptions,
      drainDelay: LONGEST_WAIT_SECONDS,
      connection,
      concurrency,
      prefix: this.#prefix(name),
      skipVersionCheck: true,
    })
    return { taker, disconnect: () => connection.disconnectAll() }
  }

  explain(error: unknown): unknown {
    return error
  }

  close(): void {
    if (this.#connection !== undefined) endRedisConnection(this.#connection)
    this.#connection = undefined
  }

  /** The braces keep the keys of a queue together in a Redis Cluster, and let queues lie apart. */
  #prefix(name: string): string {
    return `{backstep:${this.#schema}:${name}}`
  }
}

/**
 * Knows the copies that BullMQ makes of it for fetches that block. BullMQ cannot end them while Redis is away, and a
 * process that cannot end its connections cannot end. When one of them is found dead, the others are made anew as well: they
 * went the same way, and it would show of each only when something has waited for it in vain.
 */
class TakerConnection extends GatheringRedis {
  readonly #copies: Redis[] = []

  override duplicate(override?: Partial<RedisOptions>): Redis {
    const copy = super.duplicate(override)
    copy.on('error', (error) => this.noticed(error, copy))
    this.#copies.push(copy)
    return copy
  }

  /** An error on one of the connections. */
  noticed(error: Error, dead: Redis): void {
    if (!error.message.startsWith('Socket timeout')) return
    for (const connection of [this, ...this.#copies]) {
      // Also one that still waits for the first answer.
      const stands = connection.status === 'ready' || connection.status === 'connect'
      if (connection !== dead && stands) connection.disconnect(true)
    }
  }

  disconnectAll(): void {
    for (const connection of [this, ...this.#copies]) endRedisConnection(connection)
  }
}
