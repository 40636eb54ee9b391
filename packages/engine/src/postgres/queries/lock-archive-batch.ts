import { sql } from 'kysely'
import { table, type SqlExecutor } from '../sql-executor.ts'
import { archiveBatch } from './archive-batch.ts'
import { hasEndedBefore } from './archive-condition.ts'

/**
 * Locks those of these sagas that may be moved: ended before that time, without a task, and with nobody else at their rows.
 * The move must be a statement of its own, which sees what was appended until the rows were locked.
 */
export async function lockArchiveBatch(
  executor: SqlExecutor,
  { ids, cutoffMs }: { readonly ids: readonly string[]; readonly cutoffMs: number },
): Promise<readonly string[]> {
  const result = await sql<{ readonly id: string }>`
    select s.id
    from ${table(executor, 'sagas')} s
    where s.id = any(${archiveBatch(ids)}) and ${hasEndedBefore(cutoffMs)}
      and not exists (
        select from ${table(executor, 'saga_tasks')} t where t.saga_id = s.id offset 0
      )
    order by s.id
    for update skip locked`.execute(executor.db)
  return result.rows.map(({ id }) => id)
}
