import { sql } from 'kysely'
import type { OverdueSearch, OverdueTask } from '../../ports/task-store.ts'
import { table, type SqlExecutor } from '../sql-executor.ts'
import { hintOf, type HintRow } from './hint-row.ts'

/** How many held tasks one search moves out of the way, for each queue. */
const movedAtOnce = 1_000

/**
 * Finds unclaimed tasks whose due time has come, the longest due first. Tasks that are held move to the end of their
 * lease in the index, so that searches do not pass them again and again.
 */
export async function findOverdue(
  executor: SqlExecutor,
  { queues, limit, earlyMs = 0 }: OverdueSearch,
): Promise<readonly OverdueTask[]> {
  const tasks = table(executor, 'saga_tasks')
  const result = await sql<HintRow & { readonly hinted: boolean }>`
    with
    held as materialized (
      select t.saga_id, t.branch
      from unnest(${queues}::text[]) as q (queue)
      cross join lateral (
        select t.saga_id, t.branch
        from ${tasks} t
        where t.queue = q.queue and t.due_at <= statement_timestamp()
          and t.claim_id is not null and t.lease_until >= clock_timestamp()
        order by t.due_at
        limit ${movedAtOnce}::int8
        for no key update skip locked
      ) t
    ),
    moved as (
      update ${tasks} t
      set due_at = t.lease_until
      from held
      where t.saga_id = held.saga_id and t.branch = held.branch and t.claim_id is not null
        and t.saga_id = any(array(select held.saga_id from held))
    )
    select t.saga_id, t.branch, t.queue, t.nonce,
      -- A hint is on its way for as long as the grace between the two.
      t.due_at > t.run_at + interval '1 ms' as hinted
    from unnest(${queues}::text[]) as q (queue)
    cross join lateral (
      select *
      from ${tasks} t
      where t.queue = q.queue
        and t.due_at <= statement_timestamp() + ${earlyMs}::float8 * interval '1 ms'
        and t.claim_id is null and t.run_at <= clock_timestamp()
      order by t.due_at
      limit ${limit}::int8
    ) t
    order by t.due_at
    limit ${limit}::int8`.execute(executor.db)
  return result.rows.map((row) => Object.assign(hintOf(row), { hinted: row.hinted }))
}
