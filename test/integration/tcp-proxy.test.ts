import { Client } from 'pg'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { askPostgres } from '../support/ask-server.ts'
import { eventually } from '../support/eventually.ts'
import { databaseUrl } from '../support/server-urls.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

const ASK = 'select 1 as answer'

let proxy: TcpProxy
let client: Client
let errors: string[]

beforeEach(async () => {
  proxy = await TcpProxy.start(databaseUrl())
  client = new Client({ connectionString: proxy.url })
  errors = []
  client.on('error', (error) => errors.push(error.message))
  await client.connect()
})

afterEach(async () => {
  proxy.cut()
  await client.end().catch(() => {})
  await proxy.close()
})

it('lets traffic pass', async () => {
  const { rows } = await client.query(ASK)
  expect(rows).toEqual([{ answer: 1 }])
  expect(proxy.connections).toBe(1)
})

it('carries the end of a connection through to the other side', async () => {
  await client.end()
  await eventually(() => expect(proxy.connections).toBe(0))
  expect(errors).toEqual([])
})

it('refuses new connections and leaves the others alone', async () => {
  proxy.setMode({ kind: 'refuse' })
  await expect(askPostgres(proxy.url, ASK)).rejects.toThrow(/ECONNRESET|terminated unexpectedly/)
  expect((await client.query(ASK)).rowCount).toBe(1)
  proxy.setMode({ kind: 'pass' })
  expect(await askPostgres(proxy.url, ASK)).toBe(1)
})

it('cuts what stands', async () => {
  proxy.cut()
  await expect(client.query(ASK)).rejects.toThrow(/./)
  expect(await askPostgres(proxy.url, ASK)).toBe(1)
})

it.each([undefined, 'up', 'down'] as const)(
  'swallows and later delivers what goes through a half-open connection (%s)',
  async (direction) => {
    proxy.setMode({ kind: 'blackhole', ...(direction && { direction }) })
    let answered = false
    const answer = client.query(ASK).then(() => (answered = true))
    await askPostgres(databaseUrl(), 'select pg_sleep(0.2)')
    expect(answered).toBe(false)
    proxy.setMode({ kind: 'pass' })
    expect(await answer).toBe(true)
  },
)

it('delays each direction and keeps the order of the bytes', async () => {
  proxy.setMode({ kind: 'pass', delayMs: 100 })
  const startedAt = performance.now()
  const slow = client.query(`select repeat('x', 1000000) as answer`)
  await slow
  expect(performance.now() - startedAt).toBeGreaterThan(190)
  proxy.setMode({ kind: 'pass' })
  expect((await client.query(ASK)).rows).toEqual([{ answer: 1 }])
})

it('forgets connections that stand, or are made meanwhile, and lets new ones pass after that', async () => {
  proxy.setMode({ kind: 'vanish' })
  const answer = client.query(ASK).then(
    () => 'answered',
    () => 'cut',
  )
  const late = new Client({ connectionString: proxy.url, connectionTimeoutMillis: 100 })
  await expect(late.connect()).rejects.toThrow('timeout')
  proxy.setMode({ kind: 'pass' })
  expect(await askPostgres(proxy.url, ASK)).toBe(1)
  proxy.cut()
  expect(await answer).toBe('cut')
})
