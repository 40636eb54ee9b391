import { sql } from 'kysely'
import type { TaskRow } from '../../ports/saga-queries.ts'
import { inMs, table, type SqlExecutor } from '../sql-executor.ts'

/** The tasks of a saga, by branch. */
export async function listTasks(
  executor: SqlExecutor,
  sagaId: string,
): Promise<readonly TaskRow[]> {
  const result = await sql<TaskRow>`
    select
      t.branch, t.queue, ${inMs('t.run_at')} as "runAt", t.claim_id is not null as claimed,
      ${inMs('t.lease_until')} as "leaseUntil", t.deliveries
    from ${table(executor, 'saga_tasks')} t
    where t.saga_id = ${sagaId}::uuid
    order by t.branch collate "C"`.execute(executor.db)
  return result.rows
}
