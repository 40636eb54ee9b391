import { createBackstep, startWorker, type Backstep, type RunningWorker } from '@backstep/engine'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import { eventually } from '../support/eventually.ts'
import { redisUrl } from '../support/server-urls.ts'
import type { TestDatabase } from '../support/test-database.ts'
import { BranchLedger } from './branch-ledger.ts'
import { patientTrip, sagas } from './fixtures/savepoint-sagas.ts'
import { WorkerProcess } from './worker-harness.ts'

const SCHEMA = 'savepoints'
const PATIENCE = { timeoutMs: 60_000 }

let database: TestDatabase
let backstep: Backstep
let ledger: BranchLedger

beforeAll(async () => {
  database = await createEngineDatabase(SCHEMA)
  backstep = createBackstep({ databaseUrl: database.url, redisUrl: redisUrl(), schema: SCHEMA })
})

afterAll(async () => {
  await backstep.close()
  await database.drop()
})

beforeEach(async () => {
  ledger = await BranchLedger.open()
})

afterEach(() => ledger.close())

/** Starts a trip of which the mail is rejected so many times. */
const tripRejected = (times: number) => {
  let left = times
  ledger.behave('mail', async () => {
    left -= 1
    return left >= 0 ? 'reject' : 'do'
  })
  return backstep.start(patientTrip, {
    input: { ledger: ledger.url, travelers: [], insured: false },
  })
}

const times = (kind: 'done' | 'undone', step: string): number =>
  ledger.steps(kind).filter((each) => each === step).length

/** A worker in this process, for the tests of a describe. */
const withWorker = (queues: readonly string[]): void => {
  let worker: RunningWorker

  beforeAll(async () => {
    const patience = { sweep: '200ms', dispatchGrace: '300ms' } as const
    worker = await startWorker({ backstep, sagas, queues, ...patience })
  })

  afterAll(() => worker.stop())
}

describe('a trip with a save-point', () => {
  withWorker(['default', 'hotels'])

  test('goes back to it, and through the rest again under other keys', async () => {
    const saga = await tripRejected(1)

    expect(await saga.result({ timeout: '60s' })).toMatchObject({
      status: 'completed',
      output: 'mail',
    })
    const { sagaId } = saga
    expect([times('done', 'quote'), times('done', 'seat'), times('done', 'room')]).toEqual([
      1, 2, 2,
    ])
    expect([times('undone', 'quote'), times('undone', 'seat')]).toEqual([0, 1])
    expect(ledger.keysOf('seat')).toEqual([
      `${sagaId}/book/flight/seat/action/1`,
      `${sagaId}/book/flight/seat/action/2`,
    ])
    expect(ledger.keysOf('quote')).toEqual([`${sagaId}/main/quote/action/1`])
    expect(ledger.standing).toBe(4)
  })

  test('tells in which round it is, and why it was not the first', async () => {
    const saga = await tripRejected(1)
    await saga.result({ timeout: '60s' })

    const { state, saga: row, journal } = await backstep.describe(saga.sagaId)
    expect(state).toMatchObject({
      savepoints: { priced: 2 },
      round: 2,
      failure: { code: 'sold_out', step: 'mail' },
      steps: { seat: { action: { round: 2 } }, quote: { action: { round: 1 } } },
    })
    expect(row).toMatchObject({ status: 'completed', failure: { code: 'sold_out' } })
    expect(journal.flatMap(({ events }) => events)).toContainEqual({
      type: 'savepoint_reached',
      branch: 'main',
      savepoint: 'priced',
      round: 2,
    })
  })
})

describe('a trip that cannot be saved', () => {
  withWorker(['default', 'hotels'])

  test('goes the whole way back once its rounds are spent', async () => {
    const saga = await tripRejected(9)

    expect(await saga.result({ timeout: '60s' })).toMatchObject({
      status: 'compensated',
      failure: { code: 'sold_out', step: 'mail' },
    })
    expect([times('done', 'seat'), times('undone', 'seat')]).toEqual([3, 3])
    expect([times('done', 'quote'), times('undone', 'quote')]).toEqual([1, 1])
    expect(ledger.steps('undone').at(-1)).toBe('quote')
    expect(ledger.keysOf('mail')).toHaveLength(3)
    expect(ledger.standing).toBe(0)
  })

  test('goes the whole way back when it is canceled on its way to the save-point', async () => {
    const held = Promise.withResolvers<'do'>()
    ledger.behave('undo seat', () => held.promise)
    const saga = await tripRejected(1)
    await eventually(() => expect(ledger.arrivals('undo seat')).toBe(1), PATIENCE)

    const answer = await backstep.cancel(saga.sagaId, { actor: 'ann', reason: 'too late' })
    held.resolve('do')

    expect(answer).toEqual({ status: 'requested' })
    expect(await saga.result({ timeout: '60s' })).toMatchObject({
      status: 'compensated',
      failure: { code: 'sold_out', step: 'mail' },
    })
    expect([times('done', 'seat'), times('undone', 'quote'), ledger.standing]).toEqual([1, 1, 0])
  })
})

const serveHotels = (): WorkerProcess =>
  new WorkerProcess(
    {
      DATABASE_URL: database.url,
      BACKSTEP_SCHEMA: SCHEMA,
      BACKSTEP_QUEUES: 'hotels',
      BACKSTEP_LEASE: '1500ms',
      BACKSTEP_HEARTBEAT: '400ms',
    },
    'test/e2e/fixtures/savepoint-sagas.ts',
  )

describe('a trip whose hotels are served by another process', () => {
  withWorker(['default'])

  test.each([
    ['on the way back to the save-point', 'undo room', 1],
    ['in the second round', 'room', 2],
  ])('outlives a worker that is killed %s', async (_where, call, arrival) => {
    const held = Promise.withResolvers<'do'>()
    ledger.behave(call, async () => (ledger.arrivals(call) < arrival ? 'do' : held.promise))
    const doomed = serveHotels()
    const saga = await tripRejected(1)
    await eventually(() => expect(ledger.arrivals(call)).toBe(arrival), PATIENCE)
    doomed.process.kill('SIGKILL')
    await doomed.process.ended()
    serveHotels()
    await eventually(() => expect(ledger.arrivals(call)).toBeGreaterThan(arrival), PATIENCE)
    held.resolve('do')

    expect(await saga.result({ timeout: '60s' })).toMatchObject({ status: 'completed' })
    expect([times('done', 'room'), times('undone', 'room')]).toEqual([2, 1])
    expect(ledger.keysOf('room')).toHaveLength(2)
    expect(ledger.standing).toBe(4)
  })
})
