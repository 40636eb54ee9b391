import { migrate } from '@backstep/engine/postgres'

import type { BenchStores } from '../harness/bench-stores.ts'
import { PostgresStore, type PostgresCounters } from '../harness/postgres-store.ts'
import { startRedisStore, type RedisStore } from '../harness/redis-store.ts'
import { EngineProcess } from './engine-process.ts'
import type { ProcessSpec } from './program/calls.ts'

/** What the stores have counted so far. */
export interface StoreCounters {
  readonly postgres: PostgresCounters
  readonly redisCommands: number
}

/** Where one measurement takes place. */
export interface Scene {
  readonly databaseUrl: string
  readonly redisUrl: string
  /** The servers' processes. */
  readonly serverPids: readonly number[]
  /** Complete only when the processes of this scene have ended. */
  readonly counters: () => Promise<StoreCounters>
  /** Starts a process of Backstep; whatever is left of them ends with the scene. */
  readonly start: (
    spec: Omit<ProcessSpec, 'databaseUrl' | 'redisUrl'>,
    v8Flags?: readonly string[],
  ) => Promise<EngineProcess>
}

/** The servers of a run, with a database of its own for each scene. */
export class Stage {
  readonly stores: BenchStores
  readonly #postgres: PostgresStore
  readonly #redis: RedisStore
  readonly #signal: AbortSignal
  #template: string | null = null

  private constructor(postgres: PostgresStore, redis: RedisStore, signal: AbortSignal) {
    this.#postgres = postgres
    this.#redis = redis
    this.#signal = signal
    this.stores = { postgres, redis, close: () => this.close() }
  }

  /** Starts the servers; they end with this process at the latest. */
  static async open(signal: AbortSignal): Promise<Stage> {
    const postgres = await PostgresStore.start(signal)
    try {
      return new Stage(postgres, await startRedisStore(signal), signal)
    } catch (error) {
      await postgres.close()
      throw error
    }
  }

  /** Runs `act` on empty tables and an empty Redis. */
  async fresh<T>(act: (scene: Scene) => Promise<T>): Promise<T> {
    await this.#redis.empty()
    return this.#play(await this.#migrated(), this.#redis.url, act)
  }

  /**
   * Runs `act` on a copy of another scene's database, whose processes have ended, and on the Redis database of that
   * number, as it is.
   */
  async copied<T>(
    {
      databaseUrl,
      redisDatabase,
    }: { readonly databaseUrl: string; readonly redisDatabase: number },
    act: (scene: Scene) => Promise<T>,
  ): Promise<T> {
    const template = new URL(databaseUrl).pathname.slice(1)
    return this.#play(template, `${this.#redis.url}/${redisDatabase}`, act)
  }

  async close(): Promise<void> {
    await this.#redis.close()
    await this.#postgres.close()
  }

  async #migrated(): Promise<string> {
    if (this.#template === null) {
      const name = await this.#postgres.create()
      await migrate({ databaseUrl: this.#postgres.urlOf(name) })
      this.#template = name
    }
    return this.#template
  }

  async #play<T>(
    template: string,
    redisUrl: string,
    act: (scene: Scene) => Promise<T>,
  ): Promise<T> {
    const name = await this.#postgres.create(template)
    await this.#postgres.checkpoint()
    const databaseUrl = this.#postgres.urlOf(name)
    const processes: EngineProcess[] = []
    try {
      return await act({
        databaseUrl,
        redisUrl,
        serverPids: [this.#postgres.pid, this.#redis.pid],
        counters: async () => ({
          postgres: await this.#postgres.counters(name),
          redisCommands: await this.#redis.commands(),
        }),
        start: async (spec, v8Flags = []) => {
          const started = await EngineProcess.start(
            { databaseUrl, redisUrl, ...spec },
            { v8Flags, signal: this.#signal },
          )
          processes.push(started)
          return started
        },
      })
    } finally {
      await Promise.all(processes.map((one) => one.kill()))
      await this.#postgres.drop(name)
    }
  }
}
