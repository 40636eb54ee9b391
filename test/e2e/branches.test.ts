import { createBackstep, startWorker, type Backstep, type RunningWorker } from '@backstep/engine'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import { eventually } from '../support/eventually.ts'
import { redisUrl } from '../support/server-urls.ts'
import type { TestDatabase } from '../support/test-database.ts'
import { BranchLedger } from './branch-ledger.ts'
import { drainingTrip, hastyTrip, sagas } from './fixtures/trip-sagas.ts'
import { WorkerProcess } from './worker-harness.ts'

const SCHEMA = 'branches'
const PATIENCE = { timeoutMs: 60_000 }
const TRAVELERS = Array.from({ length: 40 }, (_, index) => `traveler ${index}`)

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

const trip = (insured: boolean) => ({ ledger: ledger.url, travelers: TRAVELERS, insured })

/** What waits until it is told to go on. */
const gate = () => Promise.withResolvers<'do'>()

/** Each branch went back as it had come. */
const expectUndoneInReverse = (): void => {
  for (const branch of new Set(ledger.entries.map((entry) => entry.branch))) {
    expect(ledger.steps('undone', branch)).toEqual(ledger.steps('done', branch).toReversed())
  }
  expect(ledger.standing).toBe(0)
}

/** A worker in this process, for the tests of a describe. */
const withWorker = (queues: readonly string[]): void => {
  let worker: RunningWorker

  beforeAll(async () => {
    const patience = { sweep: '200ms', dispatchGrace: '300ms' } as const
    worker = await startWorker({ backstep, sagas, queues, ...patience })
  })

  afterAll(() => worker.stop())
}

const serveHotels = (): WorkerProcess =>
  new WorkerProcess(
    {
      DATABASE_URL: database.url,
      BACKSTEP_SCHEMA: SCHEMA,
      BACKSTEP_QUEUES: 'hotels',
      BACKSTEP_LEASE: '1500ms',
      BACKSTEP_HEARTBEAT: '400ms',
    },
    'test/e2e/fixtures/trip-sagas.ts',
  )

describe('a trip with branches', () => {
  withWorker(['default', 'hotels'])

  test.each([
    ['with the steps of its choice', true, 'insure', 87],
    ['without the steps of its choice', false, null, 86],
  ])('comes to its end %s', async (_how, insured, insure, effects) => {
    const saga = await backstep.start(drainingTrip, { input: trip(insured) })

    expect(await saga.result({ timeout: '60s' })).toEqual({
      sagaId: saga.sagaId,
      status: 'completed',
      output: { sent: TRAVELERS.map((_name, index) => `send[${index}]`), insured: insure },
    })
    expect(ledger.standing).toBe(effects)
    expect(ledger.steps('done').filter((step) => step === 'insure')).toHaveLength(insured ? 1 : 0)
    expect(ledger.steps('done').slice(-1)).toEqual(['mail'])
    expect(ledger.mostAtWork).toBeLessThanOrEqual(8)
  })

  test('is undone branch by branch when its last step is rejected', async () => {
    ledger.behave('mail', async () => 'reject')
    const saga = await backstep.start(drainingTrip, { input: trip(true) })

    expect(await saga.result({ timeout: '60s' })).toMatchObject({
      status: 'compensated',
      failure: { code: 'sold_out', step: 'mail' },
    })
    expectUndoneInReverse()
    const undone = ledger.entries.filter(({ kind }) => kind === 'undone')
    const forks = undone.map(({ branch }) => branch.split('/')[0])
    // One after another, though side by side within: the choice, the list, the branches, the first step.
    expect(forks).toEqual(['main', ...Array(80).fill('tickets'), ...Array(4).fill('book'), 'main'])
    expect(undone.at(0)?.step).toBe('insure')
    expect(undone.at(-1)?.step).toBe('quote')
  })
})

describe('a trip with a branch that fails', () => {
  withWorker(['default', 'hotels'])

  test('ends the attempt beside a branch that failed, makes no other, and is undone', async () => {
    const seat = gate()
    ledger.behave('seat', () => seat.promise)
    ledger.behave('room', async () => {
      await eventually(() => expect(ledger.arrivals('seat')).toBeGreaterThan(0), PATIENCE)
      return 'reject'
    })
    const saga = await backstep.start(drainingTrip, { input: trip(true) })
    await eventually(async () => {
      const { state } = await backstep.describe(saga.sagaId)
      expect(state).toMatchObject({ status: 'running', turning: { code: 'sold_out' } })
    }, PATIENCE)
    seat.resolve('do')

    expect(await saga.result({ timeout: '60s' })).toMatchObject({
      status: 'compensated',
      failure: { code: 'sold_out', step: 'room' },
    })
    expect(ledger.entries).toEqual([
      { kind: 'done', branch: 'main', step: 'quote' },
      { kind: 'done', branch: 'book/flight', step: 'seat' },
      { kind: 'undone', branch: 'book/flight', step: 'seat' },
      { kind: 'undone', branch: 'main', step: 'quote' },
    ])
    expect(ledger.arrivals('meal')).toBe(0)
  })

  test('waits for nobody where that is asked for, and the participant keeps out what comes late', async () => {
    const seat = gate()
    ledger.behave('seat', () => seat.promise)
    ledger.behave('room', async () => {
      await eventually(() => expect(ledger.arrivals('seat')).toBeGreaterThan(0), PATIENCE)
      return 'reject'
    })
    const saga = await backstep.start(hastyTrip, { input: trip(true) })

    expect(await saga.result({ timeout: '60s' })).toMatchObject({
      status: 'compensated',
      failure: { code: 'sold_out', step: 'room' },
    })
    seat.resolve('do')
    await eventually(() => expect(ledger.steps('refused')).toEqual(['seat']), PATIENCE)
    expect(ledger.entries.slice(0, 3)).toEqual([
      { kind: 'done', branch: 'main', step: 'quote' },
      { kind: 'missed', branch: 'book/flight', step: 'seat' },
      { kind: 'undone', branch: 'main', step: 'quote' },
    ])
    expect(ledger.standing).toBe(0)
  })
})

/** Starts a trip, kills the worker of its hotels while that is at a step, and lets another one take over. */
const tripThatOutlives = async (step: string) => {
  const held = gate()
  ledger.behave(step, () => held.promise)
  const doomed = serveHotels()
  const saga = await backstep.start(drainingTrip, { input: trip(true) })
  await eventually(() => expect(ledger.arrivals(step)).toBeGreaterThan(0), PATIENCE)
  doomed.process.kill('SIGKILL')
  await doomed.process.ended()
  serveHotels()
  await eventually(() => expect(ledger.arrivals(step)).toBeGreaterThan(1), PATIENCE)
  held.resolve('do')
  return saga
}

/** Both attempts came under one key, which takes effect once. */
const expectOnce = (step: string): void => {
  expect(ledger.steps('done').filter((done) => done === step)).toEqual([step])
}

describe('a trip whose hotels are served by another process', () => {
  withWorker(['default'])

  test.each([
    ['in a branch', 'room'],
    ['at an item of its list', 'send[7]'],
  ])('outlives a worker that is killed %s', async (_where, step) => {
    const saga = await tripThatOutlives(step)

    expect(await saga.result({ timeout: '60s' })).toMatchObject({ status: 'completed' })
    expect(ledger.standing).toBe(87)
    expectOnce(step)
  })

  test('is undone though a worker was killed on the way', async () => {
    ledger.behave('mail', async () => 'reject')
    const saga = await tripThatOutlives('room')

    expect(await saga.result({ timeout: '60s' })).toMatchObject({ status: 'compensated' })
    expectUndoneInReverse()
    expectOnce('room')
  })
})
