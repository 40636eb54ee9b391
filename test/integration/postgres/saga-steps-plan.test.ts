import { afterAll, beforeAll, expect, it } from 'vitest'

import { createMigratedDatabase, type MigratedDatabase } from './migrated-database.ts'
import { fillSagas } from './retain-scene.ts'

let database: MigratedDatabase

beforeAll(async () => {
  database = await createMigratedDatabase()
  const { pool } = database
  await fillSagas(pool, { count: 4_000, status: 'running', at: 'now()', tasks: true })
  await pool.query('analyze')
})

afterAll(() => database.drop())

const explained = async (): Promise<string> => {
  const { rows } = await database.pool.query<{ readonly 'QUERY PLAN': string }>(
    `explain select * from backstep.saga_steps
     where saga_id = (select id from backstep.sagas order by id limit 1)`,
  )
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}

it('a look at the steps of one saga reads no rows of others', async () => {
  const plan = await explained()
  expect(plan.match(/Seq Scan on (sagas|saga_journal|saga_tasks) /g)).toBe(null)
  const indexes = plan.match(/(sagas|saga_journal|saga_tasks)_pkey/g)
  expect(new Set(indexes)).toEqual(new Set(['sagas_pkey', 'saga_journal_pkey', 'saga_tasks_pkey']))
})

// Its plan is long: to compile it would take Postgres ten seconds, and to run it a few milliseconds.
it('and is not so dear in the eyes of Postgres that it would be compiled', async () => {
  const plan = await explained()
  const { rows } = await database.pool.query<{ readonly cost: number }>(
    `select current_setting('jit_above_cost')::float8 as cost`,
  )
  const [, cost] = /cost=[\d.]+\.\.([\d.]+)/.exec(plan) ?? []
  expect(Number(cost)).toBeLessThan(rows[0]?.cost ?? 0)
  expect(plan).not.toContain('JIT')
})
