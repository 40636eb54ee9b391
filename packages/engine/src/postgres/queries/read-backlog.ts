import { sql } from 'kysely'
import type { Backlog } from '../../ports/saga-queries.ts'
import { inMs, table, type SqlExecutor } from '../sql-executor.ts'

interface BacklogRow {
  readonly running: number
  readonly compensating: number
  readonly stuck: number
  readonly oldest_due_ms: number | null
}

/** How many sagas are alive, and how late the latest task is. */
export async function readBacklog(executor: SqlExecutor): Promise<Backlog> {
  const result = await sql<BacklogRow>`
    with
    live as (
      select s.status
      from ${table(executor, 'sagas')} s
      where s.status in ('running', 'compensating', 'stuck')
    ),
    waiting as (
      select min(t.due_at) as oldest
      from ${table(executor, 'saga_tasks')} t
      where t.claim_id is null and t.due_at <= statement_timestamp()
    )
    select
      count(*) filter (where live.status = 'running')::float8 as running,
      count(*) filter (where live.status = 'compensating')::float8 as compensating,
      count(*) filter (where live.status = 'stuck')::float8 as stuck,
      (select ${inMs('clock_timestamp()')} - ${inMs('waiting.oldest')} from waiting) as oldest_due_ms
    from live`.execute(executor.db)
  const [row] = result.rows
  const { running = 0, compensating = 0, stuck = 0, oldest_due_ms = null } = row ?? {}
  return { live: { running, compensating, stuck }, oldestDueMs: Math.max(0, oldest_due_ms ?? 0) }
}
