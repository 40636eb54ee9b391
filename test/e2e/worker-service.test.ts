import { randomBytes } from 'node:crypto'

import { createBackstep, type Backstep } from '@backstep/engine'
import { migrate } from '@backstep/engine/postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { eventually } from '../support/eventually.ts'
import { redisUrl } from '../support/server-urls.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'
import { orderSaga } from './fixtures/order-sagas.ts'
import { WorkerProcess } from './worker-harness.ts'

// Engines that share a Redis are told apart by their schemas.
const schema = `worker_${randomBytes(6).toString('hex')}`

let database: TestDatabase
let backstep: Backstep

beforeAll(async () => {
  database = await createTestDatabase()
  await migrate({ databaseUrl: database.url, schema })
  backstep = createBackstep({ databaseUrl: database.url, redisUrl: redisUrl(), schema })
})

afterAll(async () => {
  await backstep.close()
  await database.drop()
})

it('runs sagas, tells how it does, and hands back what runs when it is told to stop', async () => {
  const worker = new WorkerProcess({
    DATABASE_URL: database.url,
    BACKSTEP_SCHEMA: schema,
    BACKSTEP_SHUTDOWN_GRACE: '2s',
    BACKSTEP_ABORT_GRACE: '500ms',
  })
  const quick = await backstep.start(orderSaga, { input: { fate: 'rejected' } })
  expect(await quick.result({ timeout: '60s' })).toMatchObject({ status: 'compensated' })
  const slow = await backstep.start(orderSaga, { input: { fate: 'shipped', slowMs: 600_000 } })

  // Handlers log with the ids of what they work on.
  await eventually(() =>
    expect(worker.log).toContainEqual(
      expect.objectContaining({ sagaId: slow.sagaId, step: 'reserve', attempt: 1, level: 'info' }),
    ),
  )
  expect(await worker.get('/livez')).toMatchObject({ status: 200 })
  expect(await worker.get('/readyz')).toEqual({
    status: 200,
    text: '{"ready":true,"worker":"working","database":"ok","queue":"connected","circuits":[]}',
  })
  expect((await worker.get('/elsewhere')).status).toBe(404)
  const metrics = await eventually(async () => {
    const { text } = await worker.get('/metrics')
    expect(text).toContain('\nbackstep_live_sagas{status="running"} 1\n')
    return text.split('\n')
  })
  expect(metrics).toEqual(
    expect.arrayContaining([
      'backstep_database_up 1',
      'backstep_live_sagas{status="stuck"} 0',
      'backstep_active_turns 1',
      'backstep_turn_slots 200',
      'backstep_sagas_settled_total{saga="order",status="compensated"} 1',
      'backstep_step_duration_seconds_count{saga="order",step="ship",kind="action",outcome="rejected"} 1',
      'backstep_failed_dispatches_total 0',
      'backstep_queue_degraded 0',
      'backstep_queue_circuit{state="closed"} 1',
      'backstep_consumer_restarts_total 0',
      expect.stringMatching(/^process_cpu_seconds_total /),
    ]),
  )

  worker.process.kill('SIGTERM')
  await worker.said('stopping')
  expect((await worker.get('/readyz')).status).toBe(503)
  expect((await worker.get('/livez')).status).toBe(200)
  expect(await worker.process.ended()).toMatchObject({ code: 0, stderr: '' })
  expect(worker.log.at(-1)).toMatchObject({ msg: 'the worker has stopped' })
  const { tasks } = await backstep.describe(slow.sagaId)
  expect(tasks).toMatchObject([{ claimed: false }])
})

it('ends at once when it is told to stop twice', async () => {
  const worker = new WorkerProcess({ DATABASE_URL: database.url, BACKSTEP_SCHEMA: schema })
  const { sagaId } = await backstep.start(orderSaga, {
    input: { fate: 'shipped', slowMs: 600_000 },
  })
  await eventually(() => expect(worker.log).toContainEqual(expect.objectContaining({ sagaId })), {
    timeoutMs: 30_000,
  })
  worker.process.kill('SIGINT')
  await worker.said('stopping')
  worker.process.kill('SIGINT')
  expect(await worker.process.ended()).toMatchObject({ code: 1 })
})

it('waits for a Postgres that is away, says so, and goes on by itself when it returns', async () => {
  const proxy = await TcpProxy.start(database.url)
  proxy.setMode({ kind: 'refuse' })
  const worker = new WorkerProcess({
    DATABASE_URL: proxy.url,
    BACKSTEP_SCHEMA: schema,
    BACKSTEP_SHUTDOWN_GRACE: '6s',
  })
  expect(await worker.said('the worker cannot start yet; trying again in')).toMatchObject({
    level: 'warn',
    err: { code: 'DATABASE_UNAVAILABLE' },
  })
  expect((await worker.get('/livez')).status).toBe(200)
  expect(await worker.get('/readyz')).toEqual({
    status: 503,
    text: '{"ready":false,"worker":"starting","database":"unavailable","queue":null,"circuits":[]}',
  })
  expect((await worker.get('/metrics')).text).toMatch(/\nbackstep_database_up 0\n/)

  proxy.setMode({ kind: 'pass' })
  await worker.said('the worker has started')
  proxy.setMode({ kind: 'refuse' })
  proxy.cut()
  await eventually(async () => {
    expect((await worker.get('/readyz')).text).toContain('"worker":"working","database":"unav')
  })
  proxy.setMode({ kind: 'pass' })
  await eventually(async () => expect((await worker.get('/readyz')).status).toBe(200))
  const saga = await backstep.start(orderSaga, { input: { fate: 'shipped' } })
  expect(await saga.result({ timeout: '30s' })).toMatchObject({ status: 'completed' })

  worker.process.kill('SIGTERM')
  expect(await worker.process.ended()).toMatchObject({ code: 0 })
  await proxy.close()
})

it('works on while Redis is away, says so, and goes back to its hints when it returns', async () => {
  const proxy = await TcpProxy.start(redisUrl())
  proxy.setMode({ kind: 'refuse' })
  const worker = new WorkerProcess({
    DATABASE_URL: database.url,
    REDIS_URL: proxy.url,
    BACKSTEP_SCHEMA: schema,
  })
  await worker.said('the queue cannot be relied on')
  expect(await worker.get('/readyz')).toEqual({
    status: 200,
    text: '{"ready":true,"worker":"working","database":"ok","queue":"degraded","circuits":[]}',
  })
  const saga = await backstep.start(orderSaga, { input: { fate: 'shipped' } })
  expect(await saga.result({ timeout: '30s' })).toMatchObject({ status: 'completed' })
  const { text } = await worker.get('/metrics')
  expect(text).toMatch(/\nbackstep_queue_degraded 1\n/)
  expect(text).toMatch(/\nbackstep_direct_claims_total [1-9]/)
  expect(text).toMatch(/\nbackstep_hints_taken_total 0\n/)

  proxy.setMode({ kind: 'pass' })
  await worker.said('the queue can be relied on again')
  await backstep.start(orderSaga, { input: { fate: 'shipped' } })
  await eventually(async () => {
    expect((await worker.get('/metrics')).text).toMatch(/\nbackstep_hints_taken_total [1-9]/)
  })
  worker.process.kill('SIGTERM')
  expect(await worker.process.ended()).toMatchObject({ code: 0 })
  await proxy.close()
})
