import { sql } from 'kysely'
import type { AppendRecord } from '../../ports/saga-store.ts'
import { inMs, nullableJsonText, table, type SqlExecutor } from '../sql-executor.ts'
import { lockTimeout } from './lock-tasks.ts'

/** An append with its events as text. */
export interface AppendRow {
  readonly record: AppendRecord
  readonly eventsText: string
}

/** A journal row that was written. `at` is milliseconds since 1970. */
export interface AppendedRow {
  readonly saga_id: string
  readonly seq: number
  readonly at: number
}

/**
 * Appends rows that leave tasks and status alone. The insert is the compare-and-set, and no row goes behind a gap, nor behind
 * another row than the one that it was decided on.
 *
 * @returns the rows that were written; whoever is missing lost a race
 */
export async function appendPlain(
  executor: SqlExecutor,
  rows: readonly AppendRow[],
  lockTimeoutMs: number | null,
): Promise<readonly AppendedRow[]> {
  const journal = table(executor, 'saga_journal')
  const result = await sql<AppendedRow>`
    insert into ${journal} as j (saga_id, seq, append_id, events, snapshot)
    select u.saga_id, u.seq, u.append_id, u.events::jsonb, u.snapshot::jsonb
    from unnest(
      ${rows.map(({ record }) => record.sagaId)}::uuid[],
      ${rows.map(({ record }) => record.seq)}::int4[],
      ${rows.map(({ record }) => record.appendId)}::uuid[],
      ${rows.map(({ record }) => record.afterId)}::uuid[],
      ${rows.map(({ eventsText }) => eventsText)}::text[],
      ${rows.map(({ record }) => nullableJsonText(record.snapshot))}::text[]
    ) as u (saga_id, seq, append_id, after_id, events, snapshot)
    where ${lockTimeout(lockTimeoutMs)}
      and (
        select u.after_id is null or p.append_id = u.after_id
        from ${journal} p where p.saga_id = u.saga_id and p.seq = u.seq - 1
      )
    order by u.saga_id
    on conflict do nothing
    returning j.saga_id, j.seq, ${inMs('j.at')} as at`.execute(executor.db)
  return result.rows
}
