import { sql } from 'kysely'
import type { PauseTarget } from '../../ports/pause-store.ts'
import { table, type SqlExecutor } from '../sql-executor.ts'

/** Whether it is this call that has paused it. */
export async function insertPause(
  executor: SqlExecutor,
  { kind, name, version }: PauseTarget,
  { actor, reason }: { readonly actor: string; readonly reason: string },
): Promise<boolean> {
  const result = await sql<{ readonly kind: string }>`
    insert into ${table(executor, 'pauses')} as p (kind, name, version, actor, reason)
    values (${kind}::text, ${name}::text, ${version}::int4, ${actor}::text, ${reason}::text)
    on conflict do nothing
    returning p.kind`.execute(executor.db)
  return result.rows.length > 0
}
