import { existsSync } from 'node:fs'

import { resolveServers, startPostgres, startRedis } from '@backstep/servers'
import { afterAll, describe, expect, it } from 'vitest'

import { findExecutable } from '../../packages/servers/src/find-executable.ts'
import { findInstalledRedis } from '../../packages/servers/src/find-redis.ts'
import { isPostgresInstalled } from '../../packages/servers/src/find-postgres.ts'

import { eventually } from '../support/eventually.ts'
import { askPostgres, askRedis } from '../support/ask-server.ts'

// What this machine has decides what can be tried on it; the embedded Postgres is always there.
const postgresSources = [
  'embedded' as const,
  ...(isPostgresInstalled() ? ['installed' as const] : []),
]
const redisSources = [
  ...(findExecutable('apt-get') ? ['unpacked' as const] : []),
  ...(findInstalledRedis() ? ['installed' as const] : []),
]

const open: { readonly close: () => Promise<void> }[] = []

const closedLater = <T extends { readonly close: () => Promise<void> }>(server: T): T => {
  open.push(server)
  return server
}

afterAll(async () => {
  for (const server of open) await server.close()
})

describe('a Postgres of our own', () => {
  it.each(postgresSources)('starts from %s binaries', async (source) => {
    const server = closedLater(await startPostgres({ source }))
    expect(
      await askPostgres(server.url, `select current_setting('max_connections') as answer`),
    ).toBe('200')
  })

  it('writes durably unless it is told not to', async () => {
    const careful = closedLater(await startPostgres())
    const fast = closedLater(await startPostgres({ fsync: false }))
    const question = `select current_setting('fsync') as answer`
    expect(await askPostgres(careful.url, question)).toBe('on')
    expect(await askPostgres(fast.url, question)).toBe('off')
  })

  it('keeps what was committed when it is killed and started again', async () => {
    const server = closedLater(await startPostgres())
    await askPostgres(server.url, 'create table kept as select 42 as answer')
    await server.kill()
    await expect(askPostgres(server.url, 'select 1 as answer')).rejects.toThrow('ECONNREFUSED')
    await server.restart()
    expect(await askPostgres(server.url, 'select answer from kept')).toBe(42)
    await server.restart()
    expect(await askPostgres(server.url, 'select answer from kept')).toBe(42)
  })

  it('leaves nothing behind when it is closed', async () => {
    const server = await startPostgres()
    const data = String(
      await askPostgres(server.url, `select current_setting('data_directory') as answer`),
    )
    expect(existsSync(data)).toBe(true)
    await server.close()
    await server.close()
    expect(existsSync(data)).toBe(false)
    await expect(server.restart()).rejects.toThrow('Postgres is closed already')
  })

  it('closes when its signal aborts', async () => {
    const stop = new AbortController()
    const server = closedLater(await startPostgres({ signal: stop.signal }))
    stop.abort()
    await eventually(() =>
      expect(askPostgres(server.url, 'select 1 as answer')).rejects.toThrow('ECONNREFUSED'),
    )
  })
})

describe('a Redis of our own', () => {
  it.each(redisSources)('starts from the %s binary', async (source) => {
    const server = closedLater(await startRedis({ source }))
    expect(await askRedis(server.url, 'CONFIG', 'GET', 'maxmemory-policy')).toEqual([
      'maxmemory-policy',
      'noeviction',
    ])
  })

  it('forgets everything when it is killed and started again', async () => {
    const server = closedLater(await startRedis())
    await askRedis(server.url, 'SET', 'kept', '1')
    await server.kill()
    await server.restart()
    expect(await askRedis(server.url, 'GET', 'kept')).toBeNull()
  })

  it('answers nobody while it is frozen, and goes on afterwards', async () => {
    const server = closedLater(await startRedis())
    server.pause()
    const answer = askRedis(server.url, 'PING')
    const first = await Promise.race([answer, eventually(() => 'silence')])
    server.resume()
    expect(first).toBe('silence')
    expect(await answer).toBe('PONG')
  })
})

describe('servers of somebody else', () => {
  it('are used and never stopped', async () => {
    const postgres = await startPostgres({ databaseUrl: 'postgres://elsewhere/app' })
    const redis = await startRedis({ redisUrl: 'redis://elsewhere' })
    expect([postgres.url, redis.url]).toEqual(['postgres://elsewhere/app', 'redis://elsewhere'])
    await expect(postgres.kill()).rejects.toThrow('not started here')
    await expect(redis.restart()).rejects.toThrow('not started here')
    expect(() => redis.pause()).toThrow('not started here')
    await postgres.close()
  })

  it('are taken from the environment before anything is started', async () => {
    const env = { DATABASE_URL: 'postgres://elsewhere/app', REDIS_URL: 'redis://elsewhere' }
    const servers = await resolveServers({ redis: 'required', env })
    expect(servers).toMatchObject({
      databaseUrl: env.DATABASE_URL,
      redisUrl: env.REDIS_URL,
      started: [],
    })
    await servers.close()
  })

  it('leave the rest to be started', async () => {
    const env = { REDIS_URL: 'redis://elsewhere' }
    const servers = closedLater(await resolveServers({ redis: 'if-present', env }))
    expect(servers.started).toEqual(['Postgres'])
    expect(await askPostgres(servers.databaseUrl, 'select 1 as answer')).toBe(1)
  })
})
