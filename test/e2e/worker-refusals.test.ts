import { once } from 'node:events'
import { createServer } from 'node:http'

import { createBackstep } from '@backstep/engine'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import { SpawnedProcess } from '../support/spawned-process.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'
import { orderSaga } from './fixtures/order-sagas.ts'
import { WorkerProcess } from './worker-harness.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createEngineDatabase()
})

afterAll(() => database.drop())

it('reports all problems of its configuration at once', async () => {
  const { process } = new WorkerProcess({
    DATABASE_URL: undefined,
    REDIS_URL: 'http://secret@here',
    BACKSTEP_LEASE: '5',
    BACKSTEP_HEARTBEAT: '2s',
    BACKSTEP_ABORT_GRACE: '1m',
    BACKSTEP_CONCURRENCY: '0',
    BACKSTEP_HTTP_PORT: '65536',
    BACKSTEP_LOG_LEVEL: 'loud',
  })
  const { code, stderr } = await process.ended()
  expect(code).toBe(2)
  expect(stderr.split('\n').toSorted()).toEqual([
    '',
    'backstep-worker: BACKSTEP_CONCURRENCY is "0"; set a whole number from 1 to 10000.',
    'backstep-worker: BACKSTEP_HTTP_PORT is "65536"; set a whole number from 0 to 65535.',
    'backstep-worker: BACKSTEP_LEASE is "5"; write a duration such as "500ms", "10s" or "1h30m" (units: ms, s, m, h, d, w).',
    'backstep-worker: BACKSTEP_LOG_LEVEL is "loud"; set one of trace, debug, info, warn, error, fatal, silent.',
    'backstep-worker: DATABASE_URL is not set; set it to an address such as postgres://user@host:5432/db.',
    'backstep-worker: REDIS_URL is no address of the kind redis:// or rediss://; set one such as redis://host:6379.',
  ])
})

it('says how to use it', async () => {
  const [refused, help] = await Promise.all(
    [[], ['--help']].map((args) =>
      new SpawnedProcess({ args: ['packages/worker/src/main.ts', ...args] }).ended(),
    ),
  )
  expect(refused).toMatchObject({
    code: 2,
    stderr: 'backstep-worker: no sagas to run; pass --sagas ./sagas.ts (backstep-worker --help)\n',
  })
  expect(help).toMatchObject({ code: 0 })
  expect(help?.stdout).toMatch(/^Usage: backstep-worker --sagas MODULE/)
})

it('ends when a definition has changed under its version', async () => {
  const backstep = createBackstep({ databaseUrl: database.url })
  await backstep.start(orderSaga, { input: { fate: 'shipped' } })
  await backstep.close()
  const { process } = new WorkerProcess(
    { DATABASE_URL: database.url },
    'test/e2e/fixtures/order-sagas-changed.ts',
  )
  const { code, stderr } = await process.ended()
  expect(code).toBe(2)
  expect(stderr).toMatch(
    /^backstep-worker: Saga "order" version 1 is registered with another plan: .* version 2\.\n$/,
  )
})

it('ends when its port is taken', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  const { process } = new WorkerProcess({
    DATABASE_URL: database.url,
    BACKSTEP_HTTP_PORT: port,
  })
  const { code, stderr } = await process.ended()
  server.close()
  expect(code).toBe(2)
  expect(stderr).toMatch(
    /^backstep-worker: The HTTP server cannot listen on 127\.0\.0\.1:\d+ \(.*EADDRINUSE.*\).*\n$/,
  )
})

it('waits for the tables, and stops while it waits', async () => {
  const empty = await createTestDatabase()
  const worker = new WorkerProcess({ DATABASE_URL: empty.url })
  expect(await worker.said('the worker cannot start yet')).toMatchObject({
    err: { code: 'DATABASE_NOT_MIGRATED' },
  })
  expect((await worker.get('/readyz')).text).toBe(
    '{"ready":false,"worker":"starting","database":"not_migrated","queue":null,"circuits":[]}',
  )
  worker.process.kill('SIGTERM')
  expect(await worker.process.ended()).toMatchObject({ code: 0 })
  await empty.drop()
})

it('logs an error that nobody caught, and ends', async () => {
  const worker = new WorkerProcess(
    { DATABASE_URL: database.url },
    'test/e2e/fixtures/crashing-sagas.ts',
  )
  expect(await worker.process.ended()).toMatchObject({ code: 1 })
  expect(worker.log.at(-1)).toMatchObject({ level: 'fatal', err: { message: 'nobody caught me' } })
})
