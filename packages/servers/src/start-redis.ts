import { findRedis, type RedisSource } from './find-redis.ts'
import { ManagedServer } from './managed-server.ts'
import { redisRecipe } from './redis-recipe.ts'
import { foreignServer, type ServerHandle } from './server-handle.ts'

/** A Redis server that can also be frozen: its sockets stay open and nobody answers. */
export type RedisServer = ServerHandle & {
  readonly pause: () => void
  readonly resume: () => void
}

/** How to get a Redis. */
export type StartRedisOptions = {
  /** Closes the server when it aborts. */
  readonly signal?: AbortSignal | undefined
  /** A server that runs already: it is used, and nothing is started. */
  readonly redisUrl?: string | undefined
  /** Forces where the binary comes from; by default BACKSTEP_REDIS, then whichever is there. */
  readonly source?: RedisSource | undefined
}

const sourceFromEnvironment = (): RedisSource | undefined => {
  const source = process.env['BACKSTEP_REDIS']
  if (source === undefined || source === '') return undefined
  if (source === 'installed' || source === 'unpacked') return source
  throw new Error(`BACKSTEP_REDIS is "${source}"; it may be "installed" or "unpacked".`)
}

const leaveAlone = (): never => {
  throw new Error('The Redis at its given address was not started here, so it is left alone.')
}

const foreignRedis = (url: string): RedisServer => ({
  ...foreignServer('Redis', url),
  pause: leaveAlone,
  resume: leaveAlone,
})

/**
 * Starts an empty Redis of its own on 127.0.0.1, without persistence and without eviction, as
 * BullMQ asks for. It ends with this process at the latest, also after SIGKILL. After `kill` and
 * `restart` it is empty again. Throws with the server's own words when it does not start.
 */
export const startRedis = async (options: StartRedisOptions = {}): Promise<RedisServer> => {
  if (options.redisUrl) return foreignRedis(options.redisUrl)
  const binary = await findRedis(options.source ?? sourceFromEnvironment())
  const server = await ManagedServer.start(redisRecipe(binary), options.signal)
  return {
    url: server.url,
    close: server.close,
    kill: server.kill,
    restart: server.restart,
    pause: () => server.send('SIGSTOP'),
    resume: () => server.send('SIGCONT'),
  }
}
