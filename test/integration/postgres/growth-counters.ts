import { Client } from 'pg'

import { eventually } from '../../support/eventually.ts'

/** What Postgres has counted so far on our tables and their indexes. */
export type TableCounters = {
  /** Rows that scans have come by. */
  readonly rowsRead: number
  /** Pages looked at, in memory or not, of tables and indexes. */
  readonly buffers: number
  readonly updates: number
  readonly hotUpdates: number
}

const TABLES = ['sagas', 'saga_keys', 'saga_journal', 'saga_tasks']

/** Reads the counters on a session of its own, when all others have gone: they tell theirs when they end at the latest. */
const readCounters = async (
  databaseUrl: string,
  tables: readonly string[],
): Promise<TableCounters> => {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await eventually(() => expectAlone(client))
    const { rows } = await client.query<TableCounters>(COUNTERS, [tables])
    const [counters] = rows
    if (counters === undefined) throw new Error('There was no answer.')
    return counters
  } finally {
    await client.end()
  }
}

const expectAlone = async (client: Client): Promise<void> => {
  const { rowCount } = await client.query(`
    select from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`)
  if (rowCount !== 0) throw new Error(`${rowCount} sessions are still there.`)
}

const COUNTERS = `
  select
    sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int4 as "rowsRead",
    sum(heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit)::int4 as buffers,
    sum(n_tup_upd)::int4 as updates,
    sum(n_tup_hot_upd)::int4 as "hotUpdates"
  from pg_stat_user_tables t join pg_statio_user_tables using (relid)
  where t.schemaname = 'backstep' and t.relname = any($1::text[])`

/**
 * What some work adds to the counters of these tables: of all that grow, unless said otherwise. Nobody else may be in that
 * database, before or after.
 */
export const countedOver = async (
  databaseUrl: string,
  work: () => Promise<void>,
  tables: readonly string[] = TABLES,
): Promise<TableCounters> => {
  const before = await readCounters(databaseUrl, tables)
  await work()
  const after = await readCounters(databaseUrl, tables)
  return {
    rowsRead: after.rowsRead - before.rowsRead,
    buffers: after.buffers - before.buffers,
    updates: after.updates - before.updates,
    hotUpdates: after.hotUpdates - before.hotUpdates,
  }
}
