import { findInstalledRedis } from './find-redis.ts'
import type { ServerHandle } from './server-handle.ts'
import { startPostgres } from './start-postgres.ts'
import { startRedis } from './start-redis.ts'

/** Which servers are wanted. */
export type ResolveServersOptions = {
  /**
   * `required` fetches the system's package when no Redis is installed, or throws; `if-present`
   * goes without one, on BullMQ's Postgres backend.
   */
  readonly redis: 'required' | 'if-present'
  /** Closes what was started when it aborts. */
  readonly signal?: AbortSignal | undefined
  /** Off makes tests faster that never crash Postgres. On by default. */
  readonly fsync?: boolean | undefined
  /** Where DATABASE_URL and REDIS_URL are read; this process's environment by default. */
  readonly env?: NodeJS.ProcessEnv | undefined
}

/** Addresses to connect to, and how to end what was started for them. */
export type Servers = {
  readonly databaseUrl: string
  /** null when there is none and none is required. */
  readonly redisUrl: string | null
  /** Which of the two were started here rather than given, for a line to the user. */
  readonly started: readonly ('Postgres' | 'Redis')[]
  readonly close: () => Promise<void>
}

/**
 * Uses the servers that DATABASE_URL and REDIS_URL name and starts the ones that are missing.
 * Servers that it started end with this process at the latest.
 */
export const resolveServers = async (options: ResolveServersOptions): Promise<Servers> => {
  const env = options.env ?? process.env
  const databaseUrl = env['DATABASE_URL']
  const redisUrl = env['REDIS_URL']
  const both = await Promise.allSettled([
    startPostgres({ databaseUrl, signal: options.signal, fsync: options.fsync }),
    startRedisIfWanted(options, redisUrl),
  ])
  const [postgres, redis] = await allOrNothing(both)
  return {
    databaseUrl: postgres.url,
    redisUrl: redis?.url ?? null,
    started: [
      ...(databaseUrl ? [] : (['Postgres'] as const)),
      ...(redisUrl || redis === null ? [] : (['Redis'] as const)),
    ],
    close: async () => {
      await Promise.all([postgres.close(), redis?.close()])
    },
  }
}

const startRedisIfWanted = async (
  options: ResolveServersOptions,
  redisUrl: string | undefined,
): Promise<ServerHandle | null> => {
  const goWithout = options.redis === 'if-present' && !redisUrl && !findInstalledRedis()
  return goWithout ? null : await startRedis({ redisUrl, signal: options.signal })
}

/** When one of the two fails, the other one is closed before the error goes up. */
const allOrNothing = async (
  settled: readonly [PromiseSettledResult<ServerHandle>, PromiseSettledResult<ServerHandle | null>],
): Promise<readonly [ServerHandle, ServerHandle | null]> => {
  const [postgres, redis] = settled
  if (postgres.status === 'fulfilled' && redis.status === 'fulfilled') {
    return [postgres.value, redis.value]
  }
  for (const one of settled) if (one.status === 'fulfilled') await one.value?.close()
  throw settled.find((one) => one.status === 'rejected')?.reason
}
