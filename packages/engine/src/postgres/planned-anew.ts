import { sql } from 'kysely'
import type { SqlExecutor } from './sql-executor.ts'

/**
 * Runs a query that people ask now and then, and in many forms: its plan is made for its very values. What a worker sends all
 * the time has one plan for all values.
 */
export async function plannedAnew<T>(
  executor: SqlExecutor,
  query: (executor: SqlExecutor) => Promise<T>,
): Promise<T> {
  return executor.db.transaction().execute(async (db) => {
    await sql`set local plan_cache_mode = force_custom_plan`.execute(db)
    await sql`set local enable_seqscan = on`.execute(db)
    return query({ ...executor, db })
  })
}
