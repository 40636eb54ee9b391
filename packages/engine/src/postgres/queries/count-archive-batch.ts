import { sql } from 'kysely'
import { table, type SqlExecutor } from '../sql-executor.ts'
import { archiveBatch } from './archive-batch.ts'

/** How many journal rows these sagas have. */
export async function countArchiveBatch(
  executor: SqlExecutor,
  ids: readonly string[],
): Promise<number> {
  const result = await sql<{ readonly count: number }>`
    select count(*)::float8 as count
    from ${table(executor, 'saga_journal')} j
    where j.saga_id = any(${archiveBatch(ids)})`.execute(executor.db)
  return result.rows[0]?.count ?? 0
}
