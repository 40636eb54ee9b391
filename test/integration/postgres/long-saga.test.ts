import { MemoryTaskQueue } from '@backstep/engine/memory'
import { migrate } from '@backstep/engine/postgres'
import { defineSaga, startWorker, type RegisteredSaga } from '@backstep/engine'
import { startPostgres, type PostgresServer } from '@backstep/servers'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'

import { validateDefinition } from '../../../packages/engine/src/definition/validate-definition.ts'
import { eventually } from '../../support/eventually.ts'
import { untyped } from '../../unit/definition/order-saga.ts'
import { postgresEngine } from '../protocol/postgres-engine.ts'

/** Steps in all, whatever the length of the sagas that they are in. */
const STEPS = 1_000

// A server of its own, on which nothing but these sagas writes or reads.
let server: PostgresServer
let pool: Pool

beforeAll(async () => {
  server = await startPostgres({ fsync: false })
  await migrate({ databaseUrl: server.url })
  pool = new Pool({ connectionString: server.url, max: 1 })
  // A page image or a vacuum is due when it is due, and not because of a step.
  await pool.query('alter system set full_page_writes = off')
  await pool.query('alter system set autovacuum = off')
  await pool.query('select pg_reload_conf()')
})

afterAll(async () => {
  await pool.end()
  await server.close()
})

const sagaOf = (steps: number): RegisteredSaga => {
  const name = `of-${steps}-steps`
  let saga = untyped(defineSaga({ name, version: 1, input: z.object({}) }))
  for (let step = 1; step <= steps; step += 1) {
    const action = () => ({ step: `${step}`.padStart(4, '0'), note: 'as long as any other' })
    saga = saga.step(`step-${step}`, { action, compensation: () => undefined })
  }
  return validateDefinition(saga)
}

/** Everything that Postgres counts about the tables that a step reads and writes. */
type Counts = {
  readonly rowsRead: number
  readonly rowsWritten: number
  readonly buffers: number
  readonly walBytes: number
}

const countsNow = async (): Promise<Counts> => {
  const { rows } = await pool.query<Counts>(`
    select
      sum(s.seq_tup_read + coalesce(s.idx_tup_fetch, 0))::float8 as "rowsRead",
      sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del)::float8 as "rowsWritten",
      sum(
        io.heap_blks_read + io.heap_blks_hit + io.idx_blks_read + io.idx_blks_hit
          + coalesce(io.toast_blks_read + io.toast_blks_hit, 0)
      )::float8 as buffers,
      (pg_current_wal_insert_lsn() - '0/0')::float8 as "walBytes"
    from pg_stat_user_tables s
    join pg_statio_user_tables io using (relid)
    where s.relname in ('saga_journal', 'saga_tasks')`)
  const [counts] = rows
  if (counts === undefined) throw new Error('Postgres told no counts.')
  return counts
}

/** A session tells what it has counted when it ends at the latest. */
const nobodyIsConnected = async (): Promise<void> => {
  const { rows } = await pool.query(`
    select from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`)
  expect(rows).toHaveLength(0)
}

const quiet = { lease: '10m', heartbeat: '3m', sweep: '3m' } as const

/** Runs so many sagas of so many steps, one after the other, in a process that starts them and works on them. */
const run = async (saga: RegisteredSaga, sagas: number): Promise<void> => {
  const { backstep } = postgresEngine(server.url, new MemoryTaskQueue())
  const worker = await startWorker({ backstep, sagas: [saga], ...quiet })
  for (let count = 0; count < sagas; count += 1) {
    const { sagaId } = await backstep.start(saga, { input: {} })
    expect(await backstep.result(sagaId, { timeout: '60s' })).toMatchObject({ status: 'completed' })
  }
  await worker.stop()
  await backstep.close()
}

const perStep = async (length: number): Promise<Counts> => {
  const saga = sagaOf(length)
  // What happens once: the definition is stored, and caches fill.
  await run(saga, 1)
  await eventually(nobodyIsConnected)
  const before = await countsNow()
  await run(saga, STEPS / length)
  await eventually(nobodyIsConnected)
  const after = await countsNow()
  const by = (name: keyof Counts): number => (after[name] - before[name]) / STEPS
  return {
    rowsRead: by('rowsRead'),
    rowsWritten: by('rowsWritten'),
    buffers: by('buffers'),
    walBytes: by('walBytes'),
  }
}

test('a step of a saga of a thousand reads and writes what one of ten does', async () => {
  const [ten, hundred, thousand] = [await perStep(10), await perStep(100), await perStep(1_000)]

  for (const name of ['rowsRead', 'rowsWritten', 'buffers', 'walBytes'] as const) {
    expect(ten[name], name).toBeGreaterThan(0)
    expect(hundred[name], `${name} of a hundred`).toBeLessThan(1.2 * ten[name])
    expect(thousand[name], `${name} of a thousand`).toBeLessThan(1.2 * ten[name])
    // The start and the end of a saga are shared by its steps: what one more step costs must not grow either.
    expect(thousand[name], `${name} against a hundred`).toBeLessThan(1.2 * hundred[name])
  }
}, 240_000)
