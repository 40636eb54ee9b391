import { randomUUID } from 'node:crypto'

import { defineSaga, reject, startWorker } from '@backstep/engine'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'

import { reportLate } from '../../../packages/engine/src/runtime/late-report.ts'
import { silentLogger } from '../../../packages/engine/src/runtime/silent-logger.ts'
import { systemClock } from '../../../packages/engine/src/runtime/system-clock.ts'
import { systemIds } from '../../../packages/engine/src/runtime/system-ids.ts'
import { eventually } from '../../support/eventually.ts'
import { createMigratedDatabase, type MigratedDatabase } from '../postgres/migrated-database.ts'
import { contradictions } from './audit.ts'
import { postgresEngine, type PostgresEngine } from './postgres-engine.ts'

const tuning = { lease: '600ms', heartbeat: '150ms', sweep: '50ms' } as const
const audit = { actor: 'ada', reason: 'a test' }

let database: MigratedDatabase
let engine: PostgresEngine

beforeAll(async () => {
  database = await createMigratedDatabase()
  engine = postgresEngine(database.url)
})

afterAll(async () => {
  await engine.backstep.close()
  await database.drop()
})

/** Claims what is due as a worker would that freezes right then, and gives back its name. */
async function freeze(): Promise<string> {
  const claimId = randomUUID()
  await eventually(async () => {
    const hints = await engine.store.findOverdue({ queues: ['default'], limit: 1 })
    const claims = hints.map(({ sagaId, branch, nonce }) => ({
      sagaId,
      branch,
      nonce,
      claimId,
      leaseMs: 1,
      known: null,
    }))
    expect(await engine.store.claim(claims)).toMatchObject([{ claimId }])
  })
  return claimId
}

test('an effect that comes to light after the end is undone once, whoever of two operators retries', async () => {
  const { backstep, store } = engine
  const undone: string[] = []
  const saga = defineSaga({ name: 'trip', version: 1, input: z.object({}) }).step('book', {
    // Says that nothing stands, and is wrong: the frozen worker's booking is on its way.
    action: () => {
      throw reject('full', 'Nothing is free.')
    },
    rejectionCoversEarlierAttempts: true,
    timeout: '50ms',
    compensation: ({ idempotencyKey, outcome }) => void undone.push(`${idempotencyKey} ${outcome}`),
  })
  const { sagaId } = await backstep.start(saga, { input: {} })
  const frozen = await freeze()
  const worker = await startWorker({ backstep, sagas: [saga], ...tuning })
  await expect(backstep.result(sagaId, { timeout: '5s' })).resolves.toMatchObject({
    status: 'compensated',
  })
  expect(undone).toEqual([])

  const { plan } = await backstep.describe(sagaId)
  const ports = {
    sagas: store,
    ids: systemIds,
    clock: systemClock,
    logger: silentLogger,
    signal: AbortSignal.timeout(10_000),
    inBackground: () => {},
  }
  const late = { type: 'late_report', branch: 'main', step: 'book', kind: 'action' } as const
  const outcome = { status: 'succeeded', output: { booking: 7 } } as const
  await reportLate(ports, plan, { ...late, attempt: 1, claimId: frozen, outcome, sagaId })
  expect(await backstep.get(sagaId)).toMatchObject({ status: 'stuck', stuckCode: 'orphan_effect' })
  expect(await contradictions(database.pool)).toEqual([])

  const answers = await Promise.all([
    backstep.retry(sagaId, audit),
    backstep.retry(sagaId, audit),
    backstep.cancel(sagaId, audit),
  ])
  expect(answers.filter(({ status }) => status === 'applied').length).toBeGreaterThanOrEqual(1)
  await expect(backstep.result(sagaId, { timeout: '15s' })).resolves.toMatchObject({
    status: 'compensated',
  })
  expect(undone).toEqual([`${sagaId}/main/book/compensation/2 succeeded`])
  const { journal } = await backstep.describe(sagaId)
  const types = journal.flatMap(({ events }) => events).map(({ type }) => type)
  expect(types.filter((type) => type === 'saga_resumed')).toHaveLength(1)
  expect(await contradictions(database.pool)).toEqual([])
  await worker.stop()
})

test('a task that others find overdue is left to its own workers for as long as they ask', async () => {
  const { backstep, store } = engine
  const saga = defineSaga({ name: 'elsewhere', version: 1, input: z.object({}) }).step('one', {
    queue: 'elsewhere',
    action: () => {},
    compensation: () => {},
  })
  const { sagaId } = await backstep.start(saga, { input: {} })
  const own = { queues: ['elsewhere'], limit: 1 }
  const others = { queues: ['default'], limit: 1 }
  await eventually(async () => expect(await store.findOverdue(own)).toMatchObject([{ sagaId }]))
  expect(await store.findUndispatched({ ...others, overdueMs: 60_000 })).toEqual([])
  expect(await store.findOverdue(own)).toMatchObject([{ sagaId }])
  expect(await store.findUndispatched({ ...others, overdueMs: 0 })).toMatchObject([{ sagaId }])
  expect(await store.findOverdue(own)).toEqual([])
})
