import { openPostgres, type PostgresConnection } from '@backstep/engine/postgres'
import { Pool } from 'pg'

import { ManualClock } from '../../packages/engine/src/memory/manual-clock.ts'
import { createEngineDatabase } from '../support/engine-database.ts'

/** A database of its own with a clock in the test's hand: sequences that run beside each other share nothing. */
export interface Lane {
  readonly pool: Pool
  readonly connection: PostgresConnection
  readonly clock: ManualClock
  /** Lets so many milliseconds pass, in Postgres and in the workers. */
  readonly passTime: (ms: number) => Promise<void>
  /** Takes away all sagas. */
  readonly clean: () => Promise<void>
  readonly close: () => Promise<void>
}

// Found before those of pg_catalog by every statement of a session that has this schema first in its search_path.
const clockInSql = `
  create schema manual_clock;
  create table manual_clock.moment (at timestamptz not null);
  insert into manual_clock.moment values ('2030-01-01');
  create function manual_clock.clock_timestamp() returns timestamptz language sql stable
    as 'select at from manual_clock.moment';
  create function manual_clock.statement_timestamp() returns timestamptz language sql stable
    as 'select at from manual_clock.moment';
  alter table backstep.saga_journal alter column at set default manual_clock.clock_timestamp();`

const sessionOptions = [
  '-c search_path=manual_clock,pg_catalog,public',
  '-c synchronous_commit=off',
  '-c plan_cache_mode=force_generic_plan',
  '-c enable_seqscan=off',
  '-c jit=off',
].join(' ')

const cleaning = ['saga_tasks', 'saga_journal', 'saga_keys', 'sagas']
  .map((table) => `delete from backstep.${table}`)
  .join('; ')

export async function openLane(): Promise<Lane> {
  const database = await createEngineDatabase()
  const pool = new Pool({ connectionString: database.url, max: 3, options: sessionOptions })
  await pool.query(clockInSql)
  const connection = openPostgres({ pool, prepare: true, transactionConnections: 1 })
  const clock = new ManualClock({ startMs: Date.UTC(2030, 0, 1) })
  return {
    pool,
    connection,
    clock,
    passTime: async (ms) => {
      const text = `update manual_clock.moment set at = at + $1::float8 * interval '1 ms'`
      await pool.query({ name: 'pass-time', text, values: [ms] })
      await clock.advance(ms)
    },
    clean: async () => void (await pool.query(cleaning)),
    close: async () => {
      await connection.close()
      await pool.end()
      await database.drop()
    },
  }
}
