import { sql } from 'kysely'
import type { QueueUse } from '../../ports/queue-store.ts'
import { table, type SqlExecutor } from '../sql-executor.ts'
import { limitsOf, type LimitsRow } from './read-limits.ts'

interface UseRow extends Omit<LimitsRow, 'source'> {
  readonly source: QueueUse['source']
  readonly held: number
  readonly waiting: number
}

/** Every queue with limits or tasks. Counts all tasks: for people, and for metrics now and then. */
export async function readQueueUse(executor: SqlExecutor): Promise<readonly QueueUse[]> {
  const result = await sql<UseRow>`
    with
    used as (
      select
        t.queue,
        count(*) filter (where t.claim_id is not null) as held,
        count(*) filter (where t.claim_id is null and t.run_at <= statement_timestamp()) as waiting
      from ${table(executor, 'saga_tasks')} t
      group by t.queue
    )
    select
      coalesce(g.queue, used.queue) as queue,
      g.maximum_concurrency, g.rate_limit, g.rate_per_ms::float8 as rate_per_ms, g.source,
      g.declared,
      coalesce(used.held, 0)::float8 as held,
      coalesce(used.waiting, 0)::float8 as waiting
    from ${table(executor, 'saga_queues')} g
    full join used on used.queue = g.queue
    order by coalesce(g.queue, used.queue) collate "C"`.execute(executor.db)
  return result.rows.map((row) => {
    const { queue, source, held, waiting } = row
    const { maximumConcurrency, rate } = limitsOf(row)
    return { queue, maximumConcurrency, rate, source, held, waiting }
  })
}
