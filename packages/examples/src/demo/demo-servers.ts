import { resolveServers, startPostgres, type Servers } from '@backstep/servers'

/**
 * The servers that the demo runs on: those that the environment names, and of its own what is missing. Without a Redis on
 * this machine, or with `BACKSTEP_REDIS=none`, there is no Redis.
 */
export async function openDemoServers(env: NodeJS.ProcessEnv): Promise<Servers> {
  if (env['BACKSTEP_REDIS'] !== 'none') return resolveServers({ redis: 'if-present', env })
  const databaseUrl = env['DATABASE_URL']
  const postgres = await startPostgres({ databaseUrl })
  return {
    databaseUrl: postgres.url,
    redisUrl: null,
    started: databaseUrl ? [] : ['Postgres'],
    close: () => postgres.close(),
  }
}
