import { sql, type RawBuilder } from 'kysely'
import type { Limits, QueueLimits } from '../../ports/queue-store.ts'
import { table, type SqlExecutor } from '../sql-executor.ts'

/** Limits as they are read. */
export interface LimitsRow {
  readonly queue: string
  readonly maximum_concurrency: number | null
  readonly rate_limit: number | null
  readonly rate_per_ms: number | null
  readonly source: QueueLimits['source']
  readonly declared: Limits | null
}

/** The columns of that row, of `g`. */
export const limitsColumns: RawBuilder<unknown> = sql`g.queue, g.maximum_concurrency, g.rate_limit,
      g.rate_per_ms::float8 as rate_per_ms, g.source, g.declared`

/** Every queue that something was said about. */
export async function readLimits(executor: SqlExecutor): Promise<readonly QueueLimits[]> {
  const result = await sql<LimitsRow>`
    select ${limitsColumns}
    from ${table(executor, 'saga_queues')} g
    order by g.queue collate "C"`.execute(executor.db)
  return result.rows.map((row) => queueLimitsOf(row))
}

/** A row as limits. */
export function queueLimitsOf(row: LimitsRow): QueueLimits {
  const { queue, source, declared } = row
  return { queue, ...limitsOf(row), source, declared }
}

/** Its numbers only. */
export function limitsOf({
  maximum_concurrency: maximumConcurrency,
  rate_limit: limit,
  rate_per_ms: perMs,
}: Pick<LimitsRow, 'maximum_concurrency' | 'rate_limit' | 'rate_per_ms'>): Limits {
  const rate = limit === null || perMs === null ? null : { limit, perMs }
  return { maximumConcurrency, rate }
}
