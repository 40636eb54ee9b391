import { sql, type RawBuilder } from 'kysely'
import { table, type SqlExecutor } from '../sql-executor.ts'

/** The archive with the columns of sagas, to be read in its place. */
export function archivedSagas(executor: SqlExecutor): RawBuilder<unknown> {
  return sql`(
      select
        a.id, a.definition_name, a.definition_version, a.key, a.status, false as paused,
        null::text as stuck_code, null::text as stuck_step, a.failure, a.output,
        a.started_at, a.ended_at as changed_at
      from ${table(executor, 'archived_sagas')} a
    )`
}
