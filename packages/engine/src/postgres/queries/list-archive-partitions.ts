import { sql } from 'kysely'
import type { SqlExecutor } from '../sql-executor.ts'

/** A month of one of the two archive tables, as Postgres's catalog has it. */
export interface ArchivePartition {
  readonly parent: ArchiveTable
  /** `2026-11` */
  readonly month: string
  /** `detaching`: between the two halves of a detach that did not come to its end. */
  readonly state: 'attached' | 'detaching' | 'detached'
}

/** The tables that are partitioned by month. */
export type ArchiveTable = 'archived_sagas' | 'archived_journal'

/** All months there are, attached or not, the oldest first. Tables are told by their names. */
export async function listArchivePartitions(
  executor: SqlExecutor,
): Promise<readonly ArchivePartition[]> {
  const result = await sql<ArchivePartition>`
    select
      left(c.relname, -8) as parent,
      replace(right(c.relname, 7), '_', '-') as month,
      case
        when i.inhrelid is null then 'detached'
        when i.inhdetachpending then 'detaching'
        else 'attached'
      end as state
    from pg_catalog.pg_class c
    left join pg_catalog.pg_inherits i on i.inhrelid = c.oid
    where c.relnamespace = (
        select n.oid from pg_catalog.pg_namespace n where n.nspname = ${executor.schema}::text
      )
      and c.relkind = 'r'
      and c.relname ~ '^archived_(sagas|journal)_[0-9]{4}_[0-9]{2}$'
    order by c.relname desc`.execute(executor.db)
  return result.rows.toSorted((a, b) => (a.month < b.month ? -1 : 1))
}
