import { sql } from 'kysely'
import { inMs, table, type SqlExecutor } from '../sql-executor.ts'
import type { AppendedRow, AppendRow } from './append-plain.ts'

/** Which of these appends are in the journal already: their first try was committed, and its reply was lost. */
export async function findAppended(
  executor: SqlExecutor,
  rows: readonly AppendRow[],
): Promise<readonly AppendedRow[]> {
  const result = await sql<AppendedRow>`
    select u.saga_id, u.seq, j.at
    from unnest(
      ${rows.map(({ record }) => record.sagaId)}::uuid[],
      ${rows.map(({ record }) => record.seq)}::int4[],
      ${rows.map(({ record }) => record.appendId)}::uuid[]
    ) as u (saga_id, seq, append_id)
    cross join lateral (
      select j.append_id, ${inMs('j.at')} as at
      from ${table(executor, 'saga_journal')} j
      where j.saga_id = u.saga_id and j.seq = u.seq
      offset 0
    ) j
    where j.append_id = u.append_id`.execute(executor.db)
  return result.rows
}
