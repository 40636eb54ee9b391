import { sql } from 'kysely'
import type { SqlExecutor } from './sql-executor.ts'

/**
 * Runs the work while nobody else retains in this schema; waits for whoever does. The lock is a transaction's, so that it
 * works through a pooler, on a connection of its own on which nothing else happens: it holds back no vacuum.
 *
 * @param work gets a function that throws when the lock is gone, with its connection
 */
export async function underRetainLock<T>(
  executor: SqlExecutor,
  work: (check: () => Promise<void>) => Promise<T>,
): Promise<T> {
  return executor.db.transaction().execute(async (db) => {
    // It is idle on purpose.
    await sql`select set_config('idle_in_transaction_session_timeout', '0', true)`.execute(db)
    const name = `backstep retain ${executor.schema}`
    await sql`select pg_advisory_xact_lock(hashtextextended(${name}::text, 0))`.execute(db)
    return work(async () => {
      await sql`select`.execute(db)
    })
  })
}
