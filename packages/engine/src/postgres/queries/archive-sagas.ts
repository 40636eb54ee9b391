import { sql } from 'kysely'
import { table, type SqlExecutor } from '../sql-executor.ts'
import { archiveBatch } from './archive-batch.ts'

/** How much was moved, or would be. */
export interface ArchivedCount {
  readonly sagas: number
  readonly journalRows: number
}

/** Moves these sagas, whose rows are locked, and their journals into the archive. Their months must be there. */
export async function archiveSagas(
  executor: SqlExecutor,
  ids: readonly string[],
): Promise<ArchivedCount> {
  const result = await sql<ArchivedCount>`
    with
    s as materialized (
      delete from ${table(executor, 'sagas')} s
      where s.id = any(${archiveBatch(ids)})
      returning
        s.id, s.definition_name, s.definition_version, s.key, s.status, s.failure, s.output,
        s.started_at, s.changed_at
    ),
    j as (
      delete from ${table(executor, 'saga_journal')} j
      where j.saga_id = any(${archiveBatch(ids)})
      returning j.saga_id, j.seq, j.append_id, j.events, j.at
    ),
    a as (
      insert into ${table(executor, 'archived_sagas')}
        (id, definition_name, definition_version, key, status, failure, output, started_at, ended_at)
      select
        s.id, s.definition_name, s.definition_version, s.key, s.status, s.failure, s.output,
        s.started_at, s.changed_at
      from s
      returning 1
    ),
    b as (
      insert into ${table(executor, 'archived_journal')}
        (saga_id, seq, append_id, events, at, ended_at)
      select j.saga_id, j.seq, j.append_id, j.events, j.at, s.changed_at
      from j join s on s.id = j.saga_id
      returning 1
    )
    select
      (select count(*) from a)::float8 as sagas,
      (select count(*) from b)::float8 as "journalRows"`.execute(executor.db)
  return result.rows[0] ?? { sagas: 0, journalRows: 0 }
}
