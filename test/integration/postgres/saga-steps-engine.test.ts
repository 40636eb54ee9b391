import {
  defineSaga,
  reject,
  startWorker,
  stillUnknown,
  tookEffect,
  type RunningWorker,
} from '@backstep/engine'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'

import { eventually } from '../../support/eventually.ts'
import { postgresEngine, type PostgresEngine } from '../protocol/postgres-engine.ts'
import { createMigratedDatabase, type MigratedDatabase } from './migrated-database.ts'
import { differences, readSteps, type StepRow } from './steps-in-view.ts'

const input = z.object({ items: z.array(z.string()), insured: z.boolean(), fails: z.string() })
const soon = { initialInterval: '5ms', maximumAttempts: 2 } as const
const PATIENCE = { timeoutMs: 25_000 }
const rounds = new Map<string, number>()

type Context = {
  readonly input: z.output<typeof input>
  readonly step: string
  readonly sagaId: string
}

/** Fails where the input says so, each time; or rejects there, in the first round. */
const act = ({ input: { fails }, step, sagaId }: Context): string => {
  if (fails === `error ${step}`) throw new Error('no answer')
  if (fails !== `reject ${step}`) return step
  const seen = rounds.get(sagaId) ?? 0
  rounds.set(sagaId, seen + 1)
  if (seen < 1) throw reject('declined', 'Not today.')
  return step
}

const undo = ({ input: { fails }, step }: Context): { readonly status: 'noop' } | undefined => {
  if (fails === 'reject mail' && step.startsWith('issue')) throw new Error('cannot be undone')
  return step === 'seat' ? { status: 'noop' } : undefined
}

const once = {
  action: act,
  compensation: undo,
  retry: soon,
  compensationOptions: { retry: soon },
} as const
const trip = defineSaga({ name: 'trip', version: 1, input })
  .step('quote', once)
  .savepoint('priced', { maximumRounds: 2 })
  .step('pay', { ...once, fallback: ({ step }) => `${step} otherwise` })
  .parallel('book', (fork) =>
    fork
      .branch('flight', (branch) => branch.step('seat', once).step('meal', once))
      .branch('hotel', (branch) => branch.step('room', once)),
  )
  .when(
    'insurance',
    ({ input: { insured } }) => insured,
    (then) => then.step('insure', once),
  )
  .sleep('a moment', '10ms')
  .step('check', {
    ...once,
    probe: ({ input: { items } }) => (items.length > 0 ? tookEffect('found') : stillUnknown()),
  })
  .forEach(
    'tickets',
    ({ input: { items } }) => items,
    (each) => each.step('issue', once),
    { concurrency: 2 },
  )
  .pivot('mail', { action: act })

let database: MigratedDatabase
let engine: PostgresEngine
let worker: RunningWorker

beforeAll(async () => {
  database = await createMigratedDatabase()
  engine = postgresEngine(database.url)
  const { backstep } = engine
  worker = await startWorker({ backstep, sagas: [trip], sweep: '20ms', dispatchGrace: '20ms' })
})

afterAll(async () => {
  await worker.stop()
  await engine.backstep.close()
  await database.drop()
})

/** Runs a saga until it has ended or is stuck; gives what the view says, which has to be what `describe` says. */
const run = async (given: z.output<typeof input>): Promise<readonly StepRow[]> => {
  const { backstep } = engine
  const { sagaId } = await backstep.start(trip, { input: given })
  await eventually(async () => {
    const { status } = await backstep.get(sagaId)
    expect(['running', 'compensating']).not.toContain(status)
  }, PATIENCE)
  const { plan, state } = await backstep.describe(sagaId)
  const rows = (await readSteps(database.pool, [sagaId])).get(sagaId) ?? []
  expect(differences(rows, { plan, state, steps: Object.entries(state.steps) })).toEqual([])
  return rows
}

const short = (rows: readonly StepRow[]): readonly string[] =>
  rows.map((row) => `${row.step} ${row.round} ${row.action_status} ${row.compensation_status}`)

test('a saga that goes through, past a choice and over a list', async () => {
  expect(short(await run({ items: ['a', 'b', 'c'], insured: false, fails: '' }))).toEqual([
    'quote 1 succeeded none',
    'pay 1 succeeded none',
    'seat 1 succeeded none',
    'meal 1 succeeded none',
    'room 1 succeeded none',
    'insure 1 skipped none',
    'check 1 succeeded none',
    'issue[0] 1 succeeded none',
    'issue[1] 1 succeeded none',
    'issue[2] 1 succeeded none',
    'mail 1 succeeded none',
  ])
})

test('a saga whose probe, or fallback, settles a step', async () => {
  const probed = await run({ items: ['a'], insured: true, fails: 'error check' })
  expect(probed).toContainEqual(
    expect.objectContaining({ step: 'check', attempts: 2, action_status: 'succeeded' }),
  )
  const other = await run({ items: [], insured: true, fails: 'error pay' })
  expect(other).toContainEqual(
    expect.objectContaining({ step: 'pay', attempts: 3, action_status: 'succeeded' }),
  )
})

test('a saga that goes back to its save-point has rows of both rounds', async () => {
  const rows = short(await run({ items: ['a'], insured: false, fails: 'reject check' }))
  expect(rows).toEqual([
    'quote 1 succeeded none',
    'pay 1 succeeded compensated',
    'pay 2 succeeded none',
    'seat 1 succeeded noop',
    'seat 2 succeeded none',
    'meal 1 succeeded compensated',
    'meal 2 succeeded none',
    'room 1 succeeded compensated',
    'room 2 succeeded none',
    'insure 1 skipped none',
    'insure 2 skipped none',
    'check 1 rejected none',
    'check 2 succeeded none',
    'issue[0] 2 succeeded none',
    'mail 2 succeeded none',
  ])
})

test('sagas that are undone, or stuck on either way', async () => {
  const undone = await run({ items: [], insured: true, fails: 'error check' })
  expect(short(undone)).toContain('check 2 unknown compensated')
  const blocked = await run({ items: ['a', 'b'], insured: false, fails: 'reject mail' })
  expect(short(blocked)).toEqual(
    expect.arrayContaining(['issue[0] 1 succeeded blocked', 'pay 1 succeeded needed']),
  )
  const forward = await run({ items: ['a'], insured: true, fails: 'error mail' })
  expect(forward.at(-1)).toMatchObject({
    step: 'mail',
    first_error: expect.stringContaining('no answer'),
  })
})
