import { createBackstep, type Backstep, type SagaHandle } from '@backstep/engine'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import { eventually } from '../support/eventually.ts'
import { redisUrl } from '../support/server-urls.ts'
import type { TestDatabase } from '../support/test-database.ts'
import { ask } from './cli-harness.ts'
import { LEDGER, limitedSaga, STEP_MS } from './fixtures/limited-saga.ts'
import { WorkerProcess } from './worker-harness.ts'

const SCHEMA = 'limited'
const [payments, mails, free] = [
  limitedSaga('payments'),
  limitedSaga('mails'),
  limitedSaga('free'),
] as const

let database: TestDatabase
let backstep: Backstep
let pool: Pool

beforeAll(async () => {
  database = await createEngineDatabase(SCHEMA)
  backstep = createBackstep({ databaseUrl: database.url, redisUrl: redisUrl(), schema: SCHEMA })
  pool = new Pool({ connectionString: database.url, max: 2 })
  await pool.query(LEDGER)
})

afterAll(async () => {
  await backstep.close()
  await pool.end()
  await database.drop()
})

async function startWorkers(
  count: number,
  more: Readonly<Record<string, string>> = {},
): Promise<readonly WorkerProcess[]> {
  await pool.query('delete from ledger')
  const env = {
    DATABASE_URL: database.url,
    BACKSTEP_SCHEMA: SCHEMA,
    BACKSTEP_LEASE: '1500ms',
    BACKSTEP_HEARTBEAT: '400ms',
    ...more,
  }
  const workers = Array.from(
    { length: count },
    () => new WorkerProcess(env, 'test/e2e/fixtures/limited-saga.ts'),
  )
  await Promise.all(workers.map((worker) => worker.said('the worker has started')))
  return workers
}

async function stop(workers: readonly WorkerProcess[]): Promise<void> {
  for (const { process } of workers) process.kill('SIGTERM')
  await Promise.all(workers.map(({ process }) => process.ended()))
}

function cli(...args: readonly string[]): ReturnType<typeof ask> {
  return ask(database.url, [...args, '--schema', SCHEMA])
}

function startMany(saga: typeof payments, count: number): Promise<readonly SagaHandle<unknown>[]> {
  return Promise.all(Array.from({ length: count }, () => backstep.start(saga, { input: {} })))
}

async function allCompleted(sagas: readonly SagaHandle<unknown>[]): Promise<void> {
  for (const saga of sagas) {
    expect(await saga.result({ timeout: '60s' })).toMatchObject({ status: 'completed' })
  }
}

/** The most steps of a queue at one moment. One that has no end was at work until its process was killed. */
async function mostAtOnce(queue: string, killedAt: Date = new Date(0)): Promise<number> {
  const { rows } = await pool.query<{ readonly most: number }>(
    `with work as (
       select began_at, coalesce(ended_at, $2::timestamptz) as ended_at
       from ledger where queue = $1 and (ended_at is not null or began_at < $2::timestamptz)
     )
     select coalesce(max(
       (select count(*) from work o where o.began_at <= w.began_at and o.ended_at > w.began_at)
     ), 0)::int4 as most
     from work w`,
    [queue, killedAt],
  )
  return rows[0]?.most ?? 0
}

async function countSteps(queue: string): Promise<number> {
  const { rows } = await pool.query<{ readonly count: number }>(
    'select count(*)::int4 as count from ledger where queue = $1',
    [queue],
  )
  return rows[0]?.count ?? 0
}

test('two processes never run more than three steps at once, also when one of them is killed', async () => {
  // Neither has room for three by itself: else the first one to come may keep all to itself.
  const [one, two] = await startWorkers(2, { BACKSTEP_CONCURRENCY: '2' })
  if (one === undefined || two === undefined) throw new Error('Two workers were started.')
  const sagas = await startMany(payments, 30)
  await eventually(async () => expect(await countSteps('payments')).toBeGreaterThan(15), {
    timeoutMs: 30_000,
  })
  // Both work: the limit is theirs together.
  const { rows } = await pool.query('select distinct pid from ledger')
  expect(rows).toHaveLength(2)
  one.process.kill('SIGKILL')
  await one.process.ended()
  const { rows: clock } = await pool.query<{ readonly now: Date }>(
    'select clock_timestamp() as now',
  )
  await allCompleted(sagas)
  expect(await countSteps('payments')).toBeGreaterThanOrEqual(90)
  expect(await mostAtOnce('payments', clock[0]?.now)).toBe(3)
  await stop([two])
}, 90_000)

test('the rate is that of all processes together', async () => {
  const workers = await startWorkers(2)
  await allCompleted(await startMany(mails, 10))
  const { rows } = await pool.query<{ readonly ms: number }>(
    `select (extract(epoch from began_at) * 1000)::float8 as ms
     from ledger where queue = 'mails' order by began_at`,
  )
  expect(rows).toHaveLength(30)
  const startsMs = rows.map(({ ms }) => ms)
  // What a token was taken for begins a little later, and not always as much later.
  const jitterMs = 250
  const tooMany = startsMs.flatMap((fromMs, first) =>
    startsMs.slice(first).filter((toMs, more) => more + 1 > allowedIn(toMs - fromMs + jitterMs)),
  )
  expect(tooMany).toEqual([])
  await stop(workers)
}, 60_000)

/** Of ten in half a second. */
function allowedIn(ms: number): number {
  return 10 + (ms * 10) / 500
}

test('a queue without a limit goes on beside one that is full', async () => {
  const workers = await startWorkers(1)
  const waiting = await startMany(payments, 40)
  const startedMs = performance.now()
  await allCompleted(await startMany(free, 20))
  const freeMs = performance.now() - startedMs
  expect(await mostAtOnce('free')).toBeGreaterThan(3)
  expect(await countSteps('payments')).toBeLessThan(120)
  await allCompleted(waiting)
  expect(performance.now() - startedMs).toBeGreaterThan(freeMs)
  expect(await mostAtOnce('payments')).toBe(3)
  await stop(workers)
}, 90_000)

test('an operator raises a limit, and gives it back to the code', async () => {
  const workers = await startWorkers(2)
  const [worker] = workers
  const sagas = await startMany(payments, 80)
  const raised = await cli('queues', 'limit', 'payments', '--concurrency', '8', '--reason', 'more')
  expect(raised).toMatchObject({ code: 0, stderr: '' })
  await eventually(async () => expect(await mostAtOnce('payments')).toBe(8), { timeoutMs: 20_000 })
  const listed = await cli('queues', '--json')
  expect(JSON.parse(listed.stdout)).toMatchObject({
    queues: expect.arrayContaining([
      expect.objectContaining({ queue: 'payments', maximumConcurrency: 8, source: 'operator' }),
    ]),
  })
  await eventually(async () => {
    const { text } = (await worker?.get('/metrics')) ?? { text: '' }
    expect(text).toContain('\nbackstep_queue_concurrency_limit{queue="payments"} 8\n')
    expect(text).toMatch(/\nbackstep_queue_held_tasks\{queue="payments"\} \d/)
    expect(text).toMatch(/\nbackstep_refused_claims_total\{queue="payments",by="concurrency"\} \d/)
  })
  // A worker that starts anew says what its code says, and changes nothing.
  const [another] = await startAnother()
  expect(JSON.parse((await cli('queues', '--json')).stdout)).toMatchObject({
    queues: expect.arrayContaining([expect.objectContaining({ maximumConcurrency: 8 })]),
  })
  const given = await cli('queues', 'limit', 'payments', '--from-code', '--reason', 'done')
  expect(given.stdout).toContain('payments has 3 at once, rate any, as code declares')
  await allCompleted(sagas)
  await stop(another === undefined ? workers : [...workers, another])
}, 90_000)

async function startAnother(): Promise<readonly WorkerProcess[]> {
  const env = { DATABASE_URL: database.url, BACKSTEP_SCHEMA: SCHEMA }
  const worker = new WorkerProcess(env, 'test/e2e/fixtures/limited-saga.ts')
  await worker.said('the worker has started')
  return [worker]
}

test('one at a time is nearly as fast as its steps are', async () => {
  const workers = await startWorkers(1)
  const set = await cli('queues', 'limit', 'payments', '--concurrency', '1', '--reason', 'slow')
  expect(set.code).toBe(0)
  const startedMs = performance.now()
  await allCompleted(await startMany(payments, 10))
  // With the sweep alone each step would wait for its next round.
  expect(performance.now() - startedMs).toBeLessThan(30 * (STEP_MS + 100))
  await stop(workers)
}, 60_000)
