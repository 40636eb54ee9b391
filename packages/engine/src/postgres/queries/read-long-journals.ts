import { sql } from 'kysely'
import type { SqlExecutor } from '../sql-executor.ts'
import type { GrantedRow } from './claim-by-nonce.ts'
import {
  entryJson,
  latestSnapshot,
  rowsAfterKnown,
  rowsOfSnapshot,
  type ClaimedRow,
} from './claimed-row.ts'

/** What was read of a long journal, and for which claim. */
export type LongJournalRow = Pick<ClaimedRow, 'claim_id' | 'snapshot' | 'entries'>

/**
 * The journals of claimed sagas, from their latest snapshots where they have one. A statement of its own: few sagas are
 * long, and every claim would pay for being ready for one.
 */
export async function readLongJournals(
  executor: SqlExecutor,
  claims: readonly GrantedRow[],
): Promise<readonly LongJournalRow[]> {
  const result = await sql<LongJournalRow>`
    with
    k as materialized (
      select *
      from unnest(
        ${claims.map(({ claim_id }) => claim_id)}::uuid[],
        ${claims.map(({ saga_id }) => saga_id)}::uuid[],
        ${claims.map(({ at_seq }) => at_seq)}::int4[]
      ) as k (claim_id, saga_id, at_seq)
    ),
    r as materialized (
      select k.claim_id, k.saga_id, null::int4 as known, ${latestSnapshot(executor)} as snapshot
      from k
    )
    select
      r.claim_id, r.snapshot,
      case
        when r.snapshot is null then (
          select coalesce(json_agg(${entryJson} order by j.seq), '[]')
          from (${rowsAfterKnown(executor)}) j
        )
        else (
          select json_agg(${entryJson} order by j.seq) from (${rowsOfSnapshot(executor)}) j
        )
      end as entries
    from r`.execute(executor.db)
  return result.rows
}
