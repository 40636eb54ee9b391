import { setTimeout as sleep } from 'node:timers/promises'

import { createBackstep, startWorker, type Backstep, type RunningWorker } from '@backstep/engine'
import { migrate } from '@backstep/engine/postgres'
import { startRedis } from '@backstep/servers'
import { Pool } from 'pg'

import { TcpProxy } from '../support/tcp-proxy.ts'
import type { QueueServer } from './queue-faults.ts'
import { relaySaga, type RunBook } from './relay-saga.ts'

/**
 * Who starts sagas, and who works: `together`, one process that does both; `apart`, one that starts them and one for each
 * queue. A process is a client of its own, with its own connections.
 */
export type Layout = 'together' | 'apart'

/** What a scene is made of. */
export interface RelaySceneOptions {
  readonly databaseUrl: string
  /** Free in that database. */
  readonly schema: string
  readonly layout: Layout
}

const sagasInFlight = 6
/** Scenes run side by side: one that has it easier than others must not take the processor from them. */
const startsPerSecond = 12
const feedEveryMs = 50

/** Processes that pass sagas on to each other under a load that keeps some sagas in flight. */
export class RelayScene {
  readonly server: QueueServer
  readonly book: RunBook
  readonly #pool: Pool
  readonly #schema: string
  readonly #clients: readonly Backstep[]
  readonly #workers: readonly RunningWorker[]
  readonly #saga: ReturnType<typeof relaySaga>
  readonly #samples: { readonly atMs: number; readonly ended: number }[] = []
  #started = 0
  #longestStartMs = 0
  #isFed = true
  #feeding: Promise<void> = Promise.resolve()

  private constructor(parts: SceneParts) {
    this.server = parts.server
    this.book = parts.book
    this.#pool = parts.pool
    this.#schema = parts.schema
    this.#clients = parts.clients
    this.#workers = parts.workers
    this.#saga = relaySaga(parts.book)
  }

  static async open({ databaseUrl, schema, layout }: RelaySceneOptions): Promise<RelayScene> {
    await migrate({ databaseUrl, schema })
    const redis = await startRedis()
    const proxy = await TcpProxy.start(redis.url)
    const book: RunBook = new Map()
    const connect = (): Backstep => createBackstep({ databaseUrl, schema, redisUrl: proxy.url })
    const sagas = [relaySaga(book)]
    const starter = connect()
    const [left, right] = layout === 'together' ? [starter, starter] : [connect(), connect()]
    const workers =
      layout === 'together'
        ? [await startWorker({ backstep: starter, sagas, eagerFirstTurn: false })]
        : [
            await startWorker({ backstep: left, sagas, queues: ['left'] }),
            await startWorker({ backstep: right, sagas, queues: ['right'] }),
          ]
    const pool = new Pool({ connectionString: databaseUrl, max: 1 })
    const clients = [...new Set([starter, left, right])]
    const scene = new RelayScene({
      server: { redis, proxy },
      book,
      pool,
      schema,
      clients,
      workers,
    })
    scene.#feeding = scene.#feed(starter)
    return scene
  }

  /** How many sagas were started. */
  get started(): number {
    return this.#started
  }

  /** How long the slowest start has taken. */
  get longestStartMs(): number {
    return this.#longestStartMs
  }

  /** How many hints the queue has brought. */
  get hintsTaken(): number {
    return this.#workers.reduce((sum, { dispatch }) => sum + dispatch.hintsTaken, 0)
  }

  /** Whether all processes send hints, and all workers rely on them. */
  get isConnected(): boolean {
    const sends = this.#clients.every(({ shared }) => shared.hints.circuit === 'closed')
    return sends && this.#workers.every(({ dispatch }) => dispatch.state === 'connected')
  }

  /** Sagas that ended in a second, by what the database said at the time. */
  throughput(fromMs: number, toMs: number): number {
    return ((this.#endedAt(toMs) - this.#endedAt(fromMs)) / (toMs - fromMs)) * 1_000
  }

  /** Starts no more sagas, and waits until those that were started have ended. */
  async drain(): Promise<void> {
    this.#isFed = false
    await this.#feeding
    const deadline = performance.now() + 20_000
    while ((await this.#ended()) < this.#started) {
      if (performance.now() > deadline) throw new Error('Not all sagas have ended.')
      await sleep(feedEveryMs)
    }
  }

  async close(): Promise<void> {
    this.#isFed = false
    await this.#feeding.catch(() => {})
    await Promise.all(this.#workers.map((worker) => worker.stop()))
    await Promise.all(this.#clients.map((client) => client.close()))
    await this.#pool.end()
    await this.server.proxy.close()
    await this.server.redis.close()
  }

  async #feed(starter: Backstep): Promise<void> {
    let allowed = 0
    let lastMs = performance.now()
    while (this.#isFed) {
      const ended = await this.#ended()
      const atMs = performance.now()
      this.#samples.push({ atMs, ended })
      allowed = Math.min(allowed + (startsPerSecond * (atMs - lastMs)) / 1_000, sagasInFlight)
      lastMs = atMs
      const missing = Math.min(sagasInFlight - (this.#started - ended), Math.floor(allowed))
      allowed -= missing
      await Promise.all(Array.from({ length: missing }, () => this.#start(starter)))
      await sleep(feedEveryMs)
    }
  }

  async #start(starter: Backstep): Promise<void> {
    const startedAt = performance.now()
    await starter.start(this.#saga, { input: {} })
    this.#started += 1
    this.#longestStartMs = Math.max(this.#longestStartMs, performance.now() - startedAt)
  }

  async #ended(): Promise<number> {
    const { rows } = await this.#pool.query<{ readonly ended: number }>(
      `select count(*)::int as ended from "${this.#schema}".sagas where status = 'completed'`,
    )
    return rows[0]?.ended ?? 0
  }

  #endedAt(ms: number): number {
    return this.#samples.findLast(({ atMs }) => atMs <= ms)?.ended ?? 0
  }
}

interface SceneParts {
  readonly server: QueueServer
  readonly book: RunBook
  readonly pool: Pool
  readonly schema: string
  readonly clients: readonly Backstep[]
  readonly workers: readonly RunningWorker[]
}
