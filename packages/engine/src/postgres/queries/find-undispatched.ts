import { sql, type RawBuilder } from 'kysely'
import type { TaskHint, UndispatchedSearch } from '../../ports/task-store.ts'
import { table, type SqlExecutor } from '../sql-executor.ts'
import { hintOf, type HintRow } from './hint-row.ts'

/**
 * Finds unclaimed, overdue tasks of all queues but the given ones. Each is looked at again after as long as it has waited
 * already: the spacing doubles. Bounded, so that a queue that gets a worker again, and has lost its jobs meanwhile, is not
 * forgotten for hours.
 */
export async function findUndispatched(
  executor: SqlExecutor,
  search: UndispatchedSearch,
): Promise<readonly TaskHint[]> {
  const result = await sql<HintRow>`
    with recursive
    ${otherQueues(executor)},
    ${overdueElsewhere(executor, search)},
    n as (
      update ${table(executor, 'saga_tasks')} t
      set dispatches = t.dispatches + 1,
        due_at = clock_timestamp() + least(
          greatest(clock_timestamp() - t.run_at, interval '10 ms'), interval '5 min'
        )
      from l
      where t.saga_id = l.saga_id and t.branch = l.branch and t.claim_id is null
        and t.saga_id = any(array(select l.saga_id from l))
      returning t.saga_id, t.branch, t.queue, t.nonce
    )
    select n.* from n`.execute(executor.db)
  return result.rows.map((row) => hintOf(row))
}

/** The queues that have tasks, one index probe for each. */
function otherQueues(executor: SqlExecutor): RawBuilder<unknown> {
  const tasks = table(executor, 'saga_tasks')
  return sql`q (queue) as (
      (select t.queue from ${tasks} t order by t.queue limit 1)
      union all
      select (
        select t.queue from ${tasks} t where t.queue > q.queue order by t.queue limit 1
      )
      from q
      where q.queue is not null
    )`
}

function overdueElsewhere(
  executor: SqlExecutor,
  { queues, limit, overdueMs = 0 }: UndispatchedSearch,
): RawBuilder<unknown> {
  return sql`l as materialized (
      select t.saga_id, t.branch
      from q
      cross join lateral (
        select t.saga_id, t.branch
        from ${table(executor, 'saga_tasks')} t
        where t.queue = q.queue
          and t.due_at <= statement_timestamp() - ${overdueMs}::float8 * interval '1 ms'
          and t.claim_id is null and t.run_at <= clock_timestamp()
        order by t.due_at
        limit ${limit}::int8
        for no key update skip locked
      ) t
      where q.queue is not null and q.queue <> all(${queues}::text[])
      limit ${limit}::int8
    )`
}
