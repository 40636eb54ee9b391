import { createBackstep, type Backstep, type SagaEvent } from '@backstep/engine'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import { eventually } from '../support/eventually.ts'
import { redisUrl } from '../support/server-urls.ts'
import type { TestDatabase } from '../support/test-database.ts'
import { BreakerParticipant } from './breaker-participant.ts'
import { patient, resourceful } from './fixtures/breaker-sagas.ts'
import { WorkerProcess } from './worker-harness.ts'

const SCHEMA = 'breaker'
const PATIENCE = { timeoutMs: 60_000 }

let database: TestDatabase
let backstep: Backstep
let participant: BreakerParticipant
const workers: WorkerProcess[] = []

beforeAll(async () => {
  database = await createEngineDatabase(SCHEMA)
  backstep = createBackstep({ databaseUrl: database.url, redisUrl: redisUrl(), schema: SCHEMA })
})

afterAll(async () => {
  await backstep.close()
  await database.drop()
})

beforeEach(async () => {
  participant = await BreakerParticipant.open()
})

afterEach(async () => {
  for (const worker of workers.splice(0)) await kill(worker)
  await participant.close()
})

async function kill({ process }: WorkerProcess): Promise<void> {
  process.kill('SIGKILL')
  await process.ended()
}

async function startWorkerProcess(): Promise<WorkerProcess> {
  const env = {
    DATABASE_URL: database.url,
    BACKSTEP_SCHEMA: SCHEMA,
    BACKSTEP_LEASE: '1500ms',
    BACKSTEP_HEARTBEAT: '400ms',
  }
  const worker = new WorkerProcess(env, 'test/e2e/fixtures/breaker-sagas.ts')
  workers.push(worker)
  await worker.said('the worker has started')
  return worker
}

async function eventsOf(sagaId: string): Promise<readonly SagaEvent[]> {
  const { journal } = await backstep.describe(sagaId)
  return journal.flatMap(({ events }) => events)
}

test('a participant out of order opens the circuit, no attempt is burned, and one that succeeds closes it', async () => {
  participant.manners.set('charge', 'broken')
  const worker = await startWorkerProcess()
  const input = { participant: participant.url, refuse: false }
  const first = await backstep.start(patient, { input })
  await worker.said('circuit open')
  const second = await backstep.start(patient, { input })
  await worker.said('attempt kept back')
  const metrics = await worker.get('/metrics')
  expect(metrics.text).toMatch(
    /backstep_circuit_state\{saga="patient",version="1",step="charge"\} [12]/,
  )
  expect(metrics.text).toMatch(
    /backstep_delayed_attempts_total\{saga="patient",step="charge"\} [1-9]/,
  )
  const readiness: unknown = JSON.parse((await worker.get('/readyz')).text)
  expect(readiness).toMatchObject({
    ready: true,
    circuits: [{ saga: 'patient', version: 1, step: 'charge' }],
  })
  // The second saga has waited for as long as its circuit is open, and the journal knows nothing of it.
  expect(await eventsOf(second.sagaId)).toHaveLength(1)

  participant.manners.set('charge', 'well')
  await expect(first.result(PATIENCE_OF_RESULT)).resolves.toMatchObject({ status: 'completed' })
  await expect(second.result(PATIENCE_OF_RESULT)).resolves.toMatchObject({ status: 'completed' })
  expect(participant.keys('charge')).toHaveLength(5)
  const events = await eventsOf(first.sagaId)
  expect(events.filter(({ type }) => type === 'action_failed')).toHaveLength(3)
  expect(events.filter(({ type }) => type === 'lease_lost')).toEqual([])
  await eventually(async () => {
    const { text } = await worker.get('/metrics')
    expect(text).toContain('backstep_circuit_state{saga="patient",version="1",step="charge"} 0')
  }, PATIENCE)
})

const PATIENCE_OF_RESULT = { timeout: '60s' } as const

test('the other way is taken when the attempts are spent, then at once, and undone by the same compensation', async () => {
  participant.manners.set('charge', 'broken')
  const worker = await startWorkerProcess()
  const input = { participant: participant.url, refuse: false }
  const results = await Promise.all(
    [false, false, false].map(async (refuse) => {
      const handle = await backstep.start(resourceful, { input: { ...input, refuse } })
      return await handle.result(PATIENCE_OF_RESULT)
    }),
  )
  expect(results.map((result) => 'output' in result && result.output)).toEqual([
    'other',
    'other',
    'other',
  ])
  await worker.said('circuit open')
  const before = participant.keys('charge').length
  const undone = await backstep.start(resourceful, { input: { ...input, refuse: true } })
  await expect(undone.result(PATIENCE_OF_RESULT)).resolves.toMatchObject({ status: 'compensated' })
  expect(participant.keys('charge')).toHaveLength(before)
  const key = `${undone.sagaId}/main/charge/action/1`
  expect(participant.keys('other')).toContain(key)
  expect(participant.keys('refund')).toEqual([key])
  expect(await eventsOf(undone.sagaId)).toContainEqual(
    expect.objectContaining({ type: 'fallback_began', reason: 'circuit_open' }),
  )
})

test('a worker that is killed at the fallback has used it: what it may have done is undone', async () => {
  participant.manners.set('charge', 'broken')
  participant.manners.set('other', 'silent')
  const victim = await startWorkerProcess()
  const input = { participant: participant.url, refuse: false }
  const { sagaId, result } = await backstep.start(resourceful, { input })
  await eventually(() => expect(participant.keys('other')).toHaveLength(1), PATIENCE)
  await kill(victim)
  await startWorkerProcess()
  await expect(result(PATIENCE_OF_RESULT)).resolves.toMatchObject({
    status: 'compensated',
    failure: { code: 'lease_lost', step: 'charge' },
  })
  const key = `${sagaId}/main/charge/action/1`
  expect(participant.keys('other')).toEqual([key])
  expect(participant.keys('charge')).toEqual([key, key])
  expect(participant.keys('refund')).toEqual([key])
})
