import { sql } from 'kysely'
import { table, type SqlExecutor } from '../sql-executor.ts'
import { hasEndedBefore } from './archive-condition.ts'

/** A stretch of sagas in the order of their ids. */
export interface ArchiveStretch {
  /** Only sagas behind this one. */
  readonly after: string
  /** Only sagas that ended before, and were made before; milliseconds since 1970. */
  readonly cutoffMs: number
  /** How many sagas to look at, whether they may be moved or not. */
  readonly limit: number
}

/** What there is to be moved in a stretch. */
export interface ArchiveCandidates {
  /** The last saga that was looked at; null when there was none. */
  readonly last: string | null
  readonly ids: readonly string[]
  /** The months in which they ended: `2026-11`. */
  readonly months: readonly string[]
}

/**
 * Looks at the next sagas in the order of their ids, which is that of their making. A saga that was made after the cutoff has
 * not ended before it, so the walk ends where the young ones begin. The condition is applied to what the walk has found:
 * inside of it, Postgres might read the whole table instead.
 */
export async function archiveCandidates(
  executor: SqlExecutor,
  { after, cutoffMs, limit }: ArchiveStretch,
): Promise<ArchiveCandidates> {
  const result = await sql<ArchiveCandidates>`
    with
    w as materialized (
      select s.id, s.status, s.changed_at
      from ${table(executor, 'sagas')} s
      where s.id > ${after}::uuid and s.id < ${firstIdOf(cutoffMs)}::uuid
      order by s.id
      limit ${limit}::int8
    ),
    due as materialized (
      select s.id, to_char(s.changed_at at time zone 'UTC', 'YYYY-MM') as month
      from w s
      where ${hasEndedBefore(cutoffMs)}
    )
    select
      (select w.id from w order by w.id desc limit 1) as last,
      array(select due.id from due order by due.id) as ids,
      array(select distinct due.month from due order by due.month) as months`.execute(executor.db)
  return result.rows[0] ?? { last: null, ids: [], months: [] }
}

/** No version 7 UUID of that time or later comes before this one. */
function firstIdOf(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}
