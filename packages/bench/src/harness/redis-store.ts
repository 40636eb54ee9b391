import { startRedis } from '@backstep/servers'
import { Redis } from 'ioredis'

/** The bench's own Redis, without persistence; emptied before each run. */
export interface RedisStore {
  readonly version: string
  readonly pid: number
  readonly url: string
  readonly empty: () => Promise<void>
  /** Commands that it has executed, those inside of scripts included. */
  readonly commands: () => Promise<number>
  readonly close: () => Promise<void>
}

/** Starts it on a port of its own. */
export const startRedisStore = async (signal: AbortSignal): Promise<RedisStore> => {
  const server = await startRedis({ signal })
  const client = new Redis(server.url, { maxRetriesPerRequest: 1 })
  // When the server is ended first, nobody waits for this connection any more.
  client.on('error', () => {})
  const fact = async (section: string, name: string): Promise<string> =>
    new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(await client.info(section))?.[1] ?? ''
  return {
    version: await fact('server', 'redis_version'),
    pid: Number(await fact('server', 'process_id')),
    url: server.url,
    empty: async () => {
      await client.flushall()
    },
    commands: async () => Number(await fact('stats', 'total_commands_processed')),
    close: async () => {
      client.disconnect()
      await server.close()
    },
  }
}
