import { sql } from 'kysely'
import type { PauseTarget } from '../../ports/pause-store.ts'
import { table, type SqlExecutor } from '../sql-executor.ts'

/** Whether there was such a pause. */
export async function deletePause(
  executor: SqlExecutor,
  { kind, name, version }: PauseTarget,
): Promise<boolean> {
  const result = await sql<{ readonly kind: string }>`
    delete from ${table(executor, 'pauses')} p
    where p.kind = ${kind}::text and p.name = ${name}::text and p.version = ${version}::int4
    returning p.kind`.execute(executor.db)
  return result.rows.length > 0
}
