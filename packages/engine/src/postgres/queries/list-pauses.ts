import { sql } from 'kysely'
import type { Pause } from '../../ports/pause-store.ts'
import { inMs, table, type SqlExecutor } from '../sql-executor.ts'

/** All pauses. */
export async function listPauses(executor: SqlExecutor): Promise<readonly Pause[]> {
  const result = await sql<Pause>`
    select p.kind, p.name, p.version, p.actor, p.reason, ${inMs('p.paused_at')} as "pausedAt"
    from ${table(executor, 'pauses')} p
    order by p.kind, p.name, p.version`.execute(executor.db)
  return result.rows
}
