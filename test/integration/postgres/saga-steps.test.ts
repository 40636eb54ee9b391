import { randomUUID } from 'node:crypto'

import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'

import type { SagaEvent } from '../../../packages/engine/src/core/event.ts'
import type { Failure } from '../../../packages/engine/src/core/failure.ts'
import type { Plan } from '../../../packages/engine/src/core/plan.ts'
import type { SagaState, StepState } from '../../../packages/engine/src/core/state.ts'
import { valueAt, entriesIn } from '../../../packages/engine/src/core/key-map.ts'
import { moves, plans, plansWithoutProbes } from '../../unit/core/moves.ts'
import { World } from '../../unit/core/world.ts'
import { createMigratedDatabase, type MigratedDatabase } from './migrated-database.ts'
import { completion, LONG_MS, startAndClaim } from './saga-writer.ts'

const SAGAS = 150

let database: MigratedDatabase

beforeAll(async () => {
  database = await createMigratedDatabase()
})

afterAll(() => database.drop())

/** Stores a saga as its journal and its state have it; its plan becomes a version of the definition. */
const insertSaga = async (
  version: number,
  plan: Plan,
  { state, events }: { readonly state: SagaState; readonly events: readonly SagaEvent[] },
): Promise<string> => {
  const id = randomUUID()
  const stuck = state.status === 'stuck' ? state.stuck : null
  await database.store.register({ fingerprint: 'f', plan: { ...plan, name: 'any', version } })
  await database.pool.query(
    `insert into backstep.sagas
       (id, definition_name, definition_version, status, stuck_code, stuck_step, started_at, changed_at)
     values ($1, 'any', $2, $3, $4, $5, now(), now())`,
    [id, version, state.status, stuck?.code ?? null, stuck?.step ?? null],
  )
  await database.pool.query(
    `insert into backstep.saga_journal (saga_id, seq, append_id, events)
     select $1, e.ordinality, gen_random_uuid(), jsonb_build_array(e.event)
     from jsonb_array_elements($2::jsonb) with ordinality as e (event, ordinality)`,
    [id, JSON.stringify(events)],
  )
  return id
}

type StepRow = {
  readonly step: string
  readonly action_status: string
  readonly attempts: number
  readonly first_error: string | null
  readonly last_error: string | null
  readonly compensation_status: string
  readonly compensation_attempts: number
}

const readSteps = async (sagaId: string): Promise<readonly StepRow[]> => {
  const { rows } = await database.pool.query<StepRow>(
    `select step, action_status, attempts, first_error, last_error,
       compensation_status, compensation_attempts
     from backstep.saga_steps where saga_id = $1 order by position`,
    [sagaId],
  )
  return rows
}

const told = (failure: Failure | null): string | null =>
  failure === null ? null : `${failure.code}: ${failure.message}`

/** What an action came to that nobody tries any more; one that was parked may have been rejected. */
const lastWord = ({ attempts: { ended, lastFailure } }: StepState['action']): string => {
  if (ended === 0) return 'pending'
  return lastFailure?.kind === 'rejection' ? 'rejected' : 'unknown'
}

/** What the fold makes of a step, in the words of the view. */
const expectedStep = (step: string, state: SagaState): StepRow => {
  const known: StepState | undefined = valueAt(state.steps, step)
  if (known === undefined) return { ...untouched, step }
  const { action, compensation } = known
  const { ended } = action.attempts
  const turnedBack = entriesIn(state.steps).some(([, s]) => s.compensation.status !== 'none')
  const gaveUp = action.status === 'scheduled' && (turnedBack || state.failure !== null)
  return {
    step,
    action_status: gaveUp ? lastWord(action) : action.status,
    attempts: ended,
    first_error: told(action.attempts.firstFailure),
    last_error: told(action.attempts.lastFailure),
    compensation_status: compensation.status,
    // The fold counts within a round, people want to know how often it was tried at all.
    compensation_attempts: compensation.round > 1 ? -1 : compensation.attempts.ended,
  }
}

const untouched: Omit<StepRow, 'step'> = {
  action_status: 'pending',
  attempts: 0,
  first_error: null,
  last_error: null,
  compensation_status: 'none',
  compensation_attempts: 0,
}

it('the view says about every step what the fold of the journal says', async () => {
  const worlds = fc.sample(fc.tuple(plansWithoutProbes, moves), { numRuns: SAGAS, seed: 7 })
  const reached = new Set<string>()
  for (const [index, [plan, happenings]] of worlds.entries()) {
    const world = new World(plan)
    for (const move of happenings) world.apply(move)
    const { state, events } = world
    const rows = await readSteps(await insertSaga(index + 1, plan, { state, events }))
    const expected = plan.nodes.map(({ name }) => expectedStep(name, state))
    const comparable = rows.map((row, place) =>
      expected[place]?.compensation_attempts === -1 ? { ...row, compensation_attempts: -1 } : row,
    )
    expect(comparable, `world ${index}: ${JSON.stringify(events)}`).toEqual(expected)
    for (const row of rows) {
      reached.add(row.action_status).add(`compensation ${row.compensation_status}`)
    }
  }
  expect([...reached].toSorted()).toEqual([
    'compensation blocked',
    'compensation compensated',
    'compensation needed',
    'compensation none',
    'pending',
    'rejected',
    'scheduled',
    'succeeded',
    'unknown',
  ])
})

// What a probe costs (its lost leases, its verdict) counts as attempts of the action in the view: it knows of no probes.
it('the view says of steps with probes what is to be undone, and what went wrong first', async () => {
  const worlds = fc.sample(fc.tuple(plans, moves), { numRuns: SAGAS, seed: 8 })
  let probed = 0
  for (const [index, [plan, happenings]] of worlds.entries()) {
    const world = new World(plan)
    for (const move of happenings) world.apply(move)
    const { state, events } = world
    if (!events.some(({ type }) => type === 'probing_began')) continue
    probed += 1
    const rows = await readSteps(await insertSaga(SAGAS + index + 1, plan, { state, events }))
    expect(rows.map(pick), `world ${index}: ${JSON.stringify(events)}`).toEqual(
      plan.nodes.map(({ name }) => pick(expectedStep(name, state))),
    )
  }
  expect(probed).toBeGreaterThan(5)
})

const pick = ({ step, first_error, compensation_status }: StepRow) => ({
  step,
  first_error,
  compensation_status,
})

const node = (name: string) => ({ type: 'step', name, queue: 'orders', role: 'compensatable' })

it('the view tells which step a worker is at', async () => {
  const { store, pool } = database
  const plan = { name: 'order', version: 1, nodes: [node('reserve'), node('charge')] }
  await pool.query(
    `insert into backstep.saga_definitions (name, version, fingerprint, plan) values ('order', 1, 'f', $1)`,
    [JSON.stringify(plan)],
  )
  const claimed = async (sagaId: string) => {
    const { rows } = await pool.query<{ readonly step: string }>(
      'select step from backstep.saga_steps where saga_id = $1 and claimed and lease_until > now()',
      [sagaId],
    )
    return rows.map(({ step }) => step)
  }
  const claim = await startAndClaim(store, LONG_MS)
  expect(await claimed(claim.sagaId)).toEqual(['reserve'])
  await store.append([completion(claim)])
  expect(await claimed(claim.sagaId)).toEqual([])
})
