import {
  createBackstep,
  startWorker,
  type Backstep,
  type InputOf,
  type RunningWorker,
  type SagaHandle,
} from '@backstep/engine'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import { eventually } from '../support/eventually.ts'
import { redisUrl } from '../support/server-urls.ts'
import type { TestDatabase } from '../support/test-database.ts'
import { ask, normalized } from './cli-harness.ts'
import { bank, outcomeSaga } from './fixtures/outcome-sagas.ts'
import { quickTuning } from './order-saga.ts'

const SCHEMA = 'outcomes'
const audit = { actor: 'ada', reason: 'a test' }

let database: TestDatabase
let backstep: Backstep
let worker: RunningWorker

beforeAll(async () => {
  database = await createEngineDatabase(SCHEMA)
  backstep = createBackstep({ databaseUrl: database.url, redisUrl: redisUrl(), schema: SCHEMA })
  worker = await startWorker({ backstep, sagas: [outcomeSaga], ...quickTuning })
})

afterAll(async () => {
  await worker.stop()
  await backstep.close()
  await database.drop()
})

type Charge = InputOf<typeof outcomeSaga>['charge']

const start = (charge: Charge) => backstep.start(outcomeSaga, { input: { charge } })

const shown = async ({ sagaId }: Pick<SagaHandle<unknown>, 'sagaId'>): Promise<string> => {
  const { stdout } = await ask(database.url, ['show', sagaId, '--schema', SCHEMA], { columns: 200 })
  return normalized(stdout)
}

const stuck = async ({ sagaId }: Pick<SagaHandle<unknown>, 'sagaId'>, code: string) => {
  await eventually(async () =>
    expect(await backstep.get(sagaId)).toMatchObject({ stuckCode: code }),
  )
}

test('a charge whose answers were lost is found by its probe, and the saga goes on', async () => {
  const saga = await start('lost_after')

  expect(await saga.result({ timeout: '20s' })).toMatchObject({
    status: 'completed',
    output: { chargeId: 'c-1' },
  })
  const text = await shown(saga)
  expect(text).toContain('charge: outcome unknown; its probe is asked')
  expect(text).toContain('attempt 1 to probe failed, still_unknown: The bank is closed.; again in')
  expect(text).toContain('charge: the probe says that it took effect (attempt 2)')
  expect(text).toContain('charge: done (found out by its probe)')
  expect(text).not.toContain('in doubt')
})

test('a charge that never was is found out, and the saga turns back', async () => {
  const saga = await start('lost_before')

  expect(await saga.result({ timeout: '20s' })).toMatchObject({
    status: 'compensated',
    failure: { kind: 'rejection', code: 'not_charged', step: 'charge' },
  })
  const text = await shown(saga)
  expect(text).toContain('no attempt took effect, not_charged: The bank knows of no charge.')
  expect(text).toContain('charge: rejected, not_charged: The bank knows of no charge. (found out')
})

test('a charge that nobody can tell of is stuck, in doubt, and a retry asks the probe first', async () => {
  const saga = await start('lost_for_good')

  await stuck(saga, 'pivot_outcome_unknown')
  expect(await shown(saga)).toContain('in doubt  charge: 2 attempts of unknown outcome')
  expect(await backstep.retry(saga.sagaId, audit)).toEqual({ status: 'applied' })
  await eventually(async () => {
    const { journal } = await backstep.describe(saga.sagaId)
    const types = journal.flatMap(({ events }) => events.map(({ type }) => type))
    const after = types.slice(types.indexOf('saga_resumed'))
    expect(after.slice(0, 4)).toEqual([
      'saga_resumed',
      'probing_began',
      'probe_failed',
      'probe_failed',
    ])
    expect(after.at(-1)).toBe('saga_stuck')
  })
})

test('a step that asks for an operator is parked, and goes on once he has mended it', async () => {
  const saga = await start('refused')

  await stuck(saga, 'parked_by_policy')
  const text = await shown(saga)
  expect(text).toContain('over_limit: The limit is used up. {"limitCents":500}')
  expect(text).toContain('backstep compensate')
  bank.isMended = true
  expect(await backstep.retry(saga.sagaId, audit)).toEqual({ status: 'applied' })
  expect(await saga.result({ timeout: '20s' })).toMatchObject({ status: 'completed' })
})

test('a bank that is busy is asked as often as its code allows, beyond the other attempts', async () => {
  const saga = await start('busy')

  expect(await saga.result({ timeout: '20s' })).toMatchObject({ status: 'completed' })
  expect(await shown(saga)).toContain('attempt 4 failed, rate_limited: Too many.; again in')
})
