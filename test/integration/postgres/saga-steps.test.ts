import { randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'

import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'

import type { SagaEvent } from '../../../packages/engine/src/core/event.ts'
import { foldRest } from '../../../packages/engine/src/core/fold.ts'
import { entriesIn } from '../../../packages/engine/src/core/key-map.ts'
import type { Plan } from '../../../packages/engine/src/core/plan.ts'
import { branchesAtWork, isAlive } from '../../../packages/engine/src/core/state-patch.ts'
import type { SagaState } from '../../../packages/engine/src/core/state.ts'
import type { Example } from '../../unit/core/example.ts'
import { journal, now, stateAfter } from '../../unit/core/journals.ts'
import { moves, plans } from '../../unit/core/moves.ts'
import { World } from '../../unit/core/world.ts'
import { createMigratedDatabase, type MigratedDatabase } from './migrated-database.ts'
import { completion, LONG_MS, startAndClaim } from './saga-writer.ts'
import { differences, readSteps } from './steps-in-view.ts'

const SAGAS = 300

let database: MigratedDatabase

beforeAll(async () => {
  database = await createMigratedDatabase()
})

afterAll(() => database.drop())

/** A saga as its journal has it. */
interface Told {
  readonly title: string
  readonly plan: Plan
  readonly state: SagaState
  readonly events: readonly SagaEvent[]
}

/** Stores sagas with their journals and tasks, each with a definition of its own; gives their ids. */
const insertSagas = async (sagas: readonly Told[]): Promise<readonly string[]> => {
  const stored = sagas.map(({ plan, state, events }) => ({
    id: randomUUID(),
    name: randomUUID(),
    plan,
    status: state.status,
    stuck: state.status === 'stuck' ? state.stuck.code : null,
    events,
    branches: isAlive(state) ? branchesAtWork(state) : [],
  }))
  await database.pool.query(
    `with told as (
       select * from jsonb_to_recordset($1) as t (
         id uuid, name text, plan jsonb, status text, stuck text, events jsonb, branches jsonb)
     ), definitions as (
       insert into backstep.saga_definitions (name, version, fingerprint, plan)
       select name, 1, 'f', plan from told
     ), sagas as (
       insert into backstep.sagas
         (id, definition_name, definition_version, status, stuck_code, started_at, changed_at)
       select id, name, 1, status, stuck, now(), now() from told
     ), tasks as (
       insert into backstep.saga_tasks (saga_id, branch, queue, run_at, due_at, nonce, at_seq)
       select t.id, b.branch, 'default', now(), now(), 'n' || md5(t.id::text || b.branch), 1
       from told t cross join lateral jsonb_array_elements_text(t.branches) as b (branch)
     )
     insert into backstep.saga_journal (saga_id, seq, append_id, events)
     select t.id, e.ordinality, gen_random_uuid(), jsonb_build_array(e.event)
     from told t cross join lateral jsonb_array_elements(t.events) with ordinality as e (event, ordinality)`,
    [JSON.stringify(stored)],
  )
  return stored.map(({ id }) => id)
}

/** Compares the view with the fold, and gives the words that it used. */
const compare = async (sagas: readonly Told[]): Promise<ReadonlySet<string>> => {
  const ids = await insertSagas(sagas)
  const rows = await readSteps(database.pool, ids)
  const wrong = sagas.flatMap(({ title, plan, state, events }, index) => {
    const steps = rows.get(ids[index] ?? '') ?? []
    const found = differences(steps, { plan, state, steps: entriesIn(state.steps) })
    return found.length === 0 ? [] : [{ title, found, events: JSON.stringify(events) }]
  })
  expect(wrong).toEqual([])
  const all = [...rows.values()].flat()
  return new Set(all.flatMap((row) => [row.action_status, `undo ${row.compensation_status}`]))
}

it('the view says about every step what the fold of the journal says, whatever happens to the saga', async () => {
  const worlds = fc.sample(fc.tuple(plans, moves), {
    numRuns: SAGAS,
    seed: 7,
  })
  const sagas = worlds.map(([plan, happenings], index) => {
    const world = new World(plan)
    for (const move of happenings) world.apply(move)
    return { title: `world ${index}`, plan, state: world.state, events: world.events }
  })
  const words = await compare(sagas)
  expect([...words].toSorted()).toEqual([
    'pending',
    'rejected',
    'scheduled',
    'succeeded',
    'undo blocked',
    'undo compensated',
    'undo needed',
    'undo none',
    'unknown',
  ])
})

/** The examples of the decider: sagas of every shape, each as it was before something happened, and after. */
const examples = async (): Promise<readonly Told[]> => {
  const folder = new URL('../../unit/core/', import.meta.url)
  const files = (await readdir(folder)).filter((name) => /^examples-.*\.ts$/.test(name))
  const tables = await Promise.all(
    files.map(async (name): Promise<Readonly<Record<string, readonly Example[]>>> => {
      return import(new URL(name, folder).href)
    }),
  )
  return tables.flatMap((table) => Object.values(table).flat()).flatMap(beforeAndAfter)
}

const beforeAndAfter = ({ name, plan, given, follows }: Example): readonly Told[] => {
  const before = journal(given).flatMap(({ events }) => events)
  const state = stateAfter(plan, given)
  const { events = [] } = follows
  const after = foldRest(plan, state, [{ seq: state.seq + 1, at: now, events }])
  return [
    { title: `before a saga ${name}`, plan, state, events: before },
    { title: `a saga ${name}`, plan, state: after, events: [...before, ...events] },
  ]
}

it('and of every shape that a saga may have', async () => {
  const sagas = await examples()
  expect(sagas.length).toBeGreaterThan(400)
  const words = await compare(sagas)
  expect([...words]).toEqual(expect.arrayContaining(['skipped', 'undo noop', 'undo blocked']))
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
