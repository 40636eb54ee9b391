import {
  createBackstep,
  defineSaga,
  startWorker,
  type Backstep,
  type RunningWorker,
} from '@backstep/engine'
import { Pool } from 'pg'
import { z } from 'zod'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import { eventually } from '../support/eventually.ts'
import { redisUrl } from '../support/server-urls.ts'
import type { TestDatabase } from '../support/test-database.ts'
import { ask, normalized } from './cli-harness.ts'

const SCHEMA = 'signals'
const schema = z.object({ by: z.string() })

const loan = defineSaga({ name: 'loan', version: 1, input: z.null() })
  .step('check', { action: () => 'checked', compensation: () => {} })
  .waitFor('approval', { schema, timeout: '1h' })
  .pivot('pay', { action: ({ results }) => results.approval.by })
  .output(({ results }) => results.pay)

let database: TestDatabase
let backstep: Backstep
let worker: RunningWorker
let pool: Pool

beforeAll(async () => {
  database = await createEngineDatabase(SCHEMA)
  pool = new Pool({ connectionString: database.url })
  backstep = createBackstep({ databaseUrl: database.url, redisUrl: redisUrl(), schema: SCHEMA })
  worker = await startWorker({ backstep, sagas: [loan] })
})

afterAll(async () => {
  await worker.stop()
  await backstep.close()
  await pool.end()
  await database.drop()
})

const cli = (...args: readonly string[]) =>
  ask(database.url, [...args, '--schema', SCHEMA], { columns: 200 })

const waits = async () => {
  const saga = await backstep.start(loan, { input: null })
  await eventually(async () => {
    const { state } = await backstep.describe(saga.sagaId)
    expect(state.branches['main']?.wakeAt).toBeGreaterThan(0)
  })
  return saga
}

test('a person sends what a saga waits for', async () => {
  const { sagaId, result } = await waits()
  const before = normalized((await cli('show', sagaId)).stdout)
  expect(before).toMatch(/approval \(waitFor\) +until /)

  const unknown = await cli('signal', sagaId, 'aproval')
  expect(unknown.code).toBe(3)
  expect(unknown.stderr).toContain('waits for no signal "aproval"; there is "approval"')
  const sent = await cli('signal', sagaId, 'approval', '--payload', '{"by":"ada"}', '--id', 'm-1')
  expect(sent.stdout).toContain('Sent: the saga has it.')
  expect(await result({ timeout: '20s' })).toMatchObject({ output: 'ada' })

  const after = await cli('signal', sagaId, 'approval', '--payload', '{"by":"bob"}')
  expect(after.stdout).toContain('Too late: the saga has ended.')
  const shown = normalized((await cli('show', sagaId)).stdout)
  expect(shown).toMatch(/approval \(waitFor\) +received/)
  expect(shown).toContain('approval: signal m-1 is taken')
})

test('a signal that nobody can use is told, and another one may come', async () => {
  const { sagaId, result } = await waits()
  await cli('signal', sagaId, 'approval', '--payload', '{"by":7}', '--id', 'm-2')
  await eventually(async () => {
    const { stdout } = await cli('show', sagaId)
    expect(stdout).toContain('approval: signal m-2 is refused, by: ')
  })
  await cli('signal', sagaId, 'approval', '--payload', '{"by":"ada"}')
  expect(await result({ timeout: '20s' })).toMatchObject({ output: 'ada' })
})

test('a signal in a transaction is sent if that commits, and not if it does not', async () => {
  const { sagaId, result } = await waits()
  const client = await pool.connect()
  const signal = { name: 'approval', payload: { by: 'ada' }, transaction: client }
  await client.query('begin')
  await backstep.signal(sagaId, signal)
  await client.query('rollback')
  await client.query('begin')
  await backstep.signal(sagaId, { ...signal, payload: { by: 'bob' } })
  expect((await backstep.describe(sagaId)).state.signals).toEqual([])
  await client.query('commit')
  client.release()
  expect(await result({ timeout: '20s' })).toMatchObject({ output: 'bob' })
})

test('many signals at once are all kept, in one order', async () => {
  const { sagaId, result } = await waits()
  const names = Array.from({ length: 20 }, (_, index) => `p-${index}`)
  await Promise.all(
    names.map((by) => backstep.signal(sagaId, { name: 'approval', payload: { by }, id: by })),
  )
  const ended = await result({ timeout: '20s' })
  const { journal } = await backstep.describe(sagaId)
  const events = journal.flatMap((row) => row.events)
  const sent = events.flatMap((event) => (event.type === 'signal_received' ? [event.signalId] : []))
  expect(sent.toSorted()).toEqual(names.toSorted())
  expect(ended).toMatchObject({ output: sent[0] })
})
