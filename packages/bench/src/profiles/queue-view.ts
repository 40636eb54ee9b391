import { Redis } from 'ioredis'

// As the engine names them: its schema, then its queue, both as they are by default.
const PREFIX = '{backstep:backstep:default}:default'
const AT_ONCE = 1_000

/** What BullMQ's own keys say about the queue of a profile. */
export class QueueView {
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  /** How often a job was handed in so far, those that were there already included. */
  added(): Promise<number> {
    return this.#with(async (redis) => Number((await redis.get(`${PREFIX}:id`)) ?? 0))
  }

  /** Jobs that nobody has taken yet. */
  waiting(): Promise<number> {
    return this.#with((redis) => redis.llen(`${PREFIX}:wait`))
  }

  /** Copies everything into another database of this server, which is emptied before. */
  copyTo(database: number): Promise<void> {
    return this.#with(async (redis) => {
      const target = new Redis(this.#url, { db: database })
      await target.flushdb()
      target.disconnect()
      let cursor = '0'
      do {
        const [next, keys] = await redis.scan(cursor, 'COUNT', AT_ONCE)
        const copies = redis.pipeline()
        for (const key of keys) copies.call('COPY', key, key, 'DB', database)
        const failed = (await copies.exec())?.find(([error]) => error !== null)
        if (failed?.[0]) throw failed[0]
        cursor = next
      } while (cursor !== '0')
    })
  }

  async #with<T>(look: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.#url, { maxRetriesPerRequest: 1 })
    try {
      return await look(redis)
    } finally {
      redis.disconnect()
    }
  }
}
