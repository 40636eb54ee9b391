import { createBackstep, type Backstep } from '@backstep/engine'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import { eventually } from '../support/eventually.ts'
import { redisUrl } from '../support/server-urls.ts'
import type { TestDatabase } from '../support/test-database.ts'
import { ask, normalized } from './cli-harness.ts'
import { sleeper, slow } from './fixtures/time-sagas.ts'
import { WorkerProcess } from './worker-harness.ts'

const SCHEMA = 'backstep_time'

let database: TestDatabase
let backstep: Backstep

beforeAll(async () => {
  database = await createEngineDatabase(SCHEMA)
  backstep = createBackstep({ databaseUrl: database.url, redisUrl: redisUrl(), schema: SCHEMA })
})

afterAll(async () => {
  await backstep.close()
  await database.drop()
})

const openWorker = async (): Promise<WorkerProcess> => {
  const env = { DATABASE_URL: database.url, BACKSTEP_SCHEMA: SCHEMA }
  const worker = new WorkerProcess(env, 'test/e2e/fixtures/time-sagas.ts')
  await worker.said('the worker has started')
  return worker
}

const shown = async (sagaId: string): Promise<string> => {
  const { stdout } = await ask(database.url, ['show', sagaId, '--schema', SCHEMA], { columns: 200 })
  return normalized(stdout)
}

test('a saga sleeps on while no worker is there, and the next one wakes it', async () => {
  const first = await openWorker()
  const { sagaId, result } = await backstep.start(sleeper, { input: null })
  await eventually(async () => {
    const { state } = await backstep.describe(sagaId)
    expect(state.branches['main']?.wakeAt).toBeGreaterThan(0)
  })
  first.process.kill('SIGKILL')
  await first.process.ended()
  const { state } = await backstep.describe(sagaId)
  const text = await shown(sagaId)
  expect(text).toMatch(/nap \(sleep 2s\) +until \S+ \S+Z/)
  // The clock of the harness is far ahead.
  expect(text).toMatch(/deadline +\S+ \S+Z, passed 2h/)

  await openWorker()
  expect(await result({ timeout: '20s' })).toMatchObject({ status: 'completed', output: 'done' })
  const { journal } = await backstep.describe(sagaId)
  const woken = journal.find(({ events }) => events.some(({ type }) => type === 'slept'))
  expect(woken?.at).toBeGreaterThanOrEqual(state.branches['main']?.wakeAt ?? Infinity)
  expect(await shown(sagaId)).toContain('nap: slept enough')
})

test('a step that works beyond the deadline is told, and the saga turns back', async () => {
  await openWorker()
  const { sagaId, result } = await backstep.start(slow, { input: null })
  expect(await result({ timeout: '20s' })).toMatchObject({
    status: 'compensated',
    failure: { kind: 'deadline', code: 'deadline' },
  })
  const text = await shown(sagaId)
  expect(text).toContain('compute: attempt 1 failed, deadline: ')
  expect(text).toContain('the deadline has passed')
})
