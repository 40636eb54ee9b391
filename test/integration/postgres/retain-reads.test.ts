import { defineSaga, isBackstepError, startWorker, type RunningWorker } from '@backstep/engine'
import { retain } from '@backstep/engine/postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'

import { reportLate } from '../../../packages/engine/src/runtime/late-report.ts'
import { systemClock } from '../../../packages/engine/src/runtime/system-clock.ts'
import { systemIds } from '../../../packages/engine/src/runtime/system-ids.ts'
import { recordedLogger } from '../bullmq/recorded-logger.ts'
import { postgresEngine, type PostgresEngine } from '../protocol/postgres-engine.ts'
import { createMigratedDatabase, type MigratedDatabase } from './migrated-database.ts'
import { appendRecord } from './saga-writer.ts'
import { whereabouts } from './retain-scene.ts'

const trip = defineSaga({ name: 'trip', version: 1, input: z.object({ full: z.boolean() }) })
  .step('book', { action: () => ({ room: 7 }), compensation: () => {} })
  .step('pay', {
    action: ({ input }) => {
      if (input.full) throw new Error('No more.')
    },
    retry: { maximumAttempts: 1 },
    compensation: () => {},
  })
  .output(({ results }) => results.book)

let database: MigratedDatabase
let engine: PostgresEngine
let worker: RunningWorker

beforeAll(async () => {
  database = await createMigratedDatabase()
  engine = postgresEngine(database.url)
  // Without a queue each one waits for a sweep: together they wait once.
  const keys = ['shown', 'asked', 'both', 'taken', 'refused', 'late']
  const started = await Promise.all(
    keys.map((key) => engine.backstep.start(trip, { key, input: inputOf(key) })),
  )
  worker = await startWorker({ backstep: engine.backstep, sagas: [trip], sweep: '50ms' })
  await Promise.all(started.map(({ result }) => result({ timeout: '10s' })))
})

afterAll(async () => {
  await worker.stop()
  await engine.backstep.close()
  await database.drop()
})

/** The sagas that fail, and are undone. */
const inputOf = (key: string): { readonly full: boolean } => ({
  full: key === 'shown' || key === 'late',
})

/** The saga with that key, in the archive. */
const archived = async (key: string): Promise<string> => {
  await archive()
  const { sagaId } = await engine.backstep.start(trip, { key, input: inputOf(key) })
  expect(await whereabouts(database.pool, [sagaId])).toMatchObject({
    live: 0,
    liveRows: 0,
    archived: 1,
  })
  return sagaId
}

const archive = (): Promise<unknown> =>
  retain({ databaseUrl: database.url, archiveAfter: '1ms', batch: 10 })

it('an archived saga is shown as it was', async () => {
  const { backstep } = engine
  const { sagaId } = await backstep.start(trip, { key: 'shown', input: inputOf('shown') })
  const before = await backstep.describe(sagaId)
  expect(await archived('shown')).toBe(sagaId)
  expect(await backstep.describe(sagaId)).toEqual(before)
  expect(await engine.store.readJournal(sagaId, 2)).toEqual(before.journal.slice(2))
})

it('the result of an archived saga is there at once, however it is asked for', async () => {
  const { backstep } = engine
  const sagaId = await archived('asked')
  const ended = { status: 'completed', sagaId, output: { room: 7 } }
  expect(await backstep.result(sagaId)).toEqual(ended)
  const again = await backstep.start(trip, { key: 'asked', input: { full: false } })
  expect(again.sagaId).toBe(sagaId)
  expect(await again.result({ timeout: '10s' })).toEqual(ended)
})

it('those who wait are told of sagas in both places, and of none that is alive', async () => {
  const { backstep, store } = engine
  const old = await archived('both')
  const { sagaId, result } = await backstep.start(trip, { input: { full: true } })
  await result({ timeout: '10s' })
  const elsewhere = defineSaga({ name: 'wait', version: 1, input: z.object({}) }).step('one', {
    queue: 'nobody',
    action: () => {},
    compensation: () => {},
  })
  const alive = await backstep.start(elsewhere, { input: {} })
  const found = await store.findEnded([old, sagaId, alive.sagaId, systemIds.sortable()])
  expect(found.map((row) => `${row.sagaId} ${row.status}`).toSorted()).toEqual(
    [`${old} completed`, `${sagaId} compensated`].toSorted(),
  )
})

it('the key of an archived saga stays taken, and leads to it', async () => {
  const { backstep } = engine
  const sagaId = await archived('taken')
  const other = backstep.start(trip, { key: 'taken', input: { full: true } })
  await expect(other).rejects.toSatisfy((error) => isBackstepError(error, 'KEY_CONFLICT'))
  const [row, ...more] = await backstep.list({ key: 'taken' })
  expect({ row, more }).toEqual({ row: await backstep.get(sagaId), more: [] })
  expect(await backstep.list({ key: 'taken', name: 'other' })).toEqual([])
  expect(await backstep.list({ key: 'taken', status: 'running' })).toEqual([])
  expect((await backstep.list()).map((listed) => listed.sagaId)).not.toContain(sagaId)
})

it('operators are refused politely', async () => {
  const { backstep } = engine
  const sagaId = await archived('refused')
  const audit = { actor: 'ada', reason: 'a test' }
  expect(await backstep.cancel(sagaId, audit)).toMatchObject({ status: 'refused' })
  expect(await backstep.retry(sagaId, audit)).toMatchObject({ status: 'refused' })
})

it('nothing is appended to an archived saga: a late result is logged, and given up', async () => {
  const { backstep, store } = engine
  const sagaId = await archived('late')
  const { plan, journal } = await backstep.describe(sagaId)
  const { lines, logger } = recordedLogger()
  const ports = {
    sagas: store,
    ids: systemIds,
    clock: systemClock,
    logger: { ...logger, debug: () => {}, info: () => {} },
    signal: AbortSignal.timeout(10_000),
    inBackground: () => {},
  }
  await reportLate(ports, plan, {
    type: 'late_report',
    branch: 'main',
    step: 'pay',
    kind: 'action',
    attempt: 1,
    claimId: systemIds.unique(),
    outcome: { status: 'succeeded', output: null },
    sagaId,
  })
  expect(lines).toMatchObject([{ fields: { sagaId, step: 'pay' } }])
  expect(lines[0]?.message).toContain('late result')
  const next = appendRecord(sagaId, { seq: journal.length + 1, task: { type: 'none' } })
  expect(await store.append([next])).toEqual([{ applied: false }])
  expect((await backstep.describe(sagaId)).journal).toEqual(journal)
})
