import { sql, type RawBuilder } from 'kysely'
import { snapshotEvery } from '../../core/snapshot.ts'
import type { NamedEntry } from '../../ports/saga-store.ts'
import type { ClaimRecord } from '../../ports/task-store.ts'
import { inMs, table, type SqlExecutor } from '../sql-executor.ts'
import { entryJson, rowsAfterKnown, type ClaimedRow } from './claimed-row.ts'
import { allLocked, lockTasks } from './lock-tasks.ts'

/** A claim that was granted. */
export interface GrantedRow extends Omit<ClaimedRow, 'snapshot' | 'entries'> {
  /**
   * Null where `hasShortRest` says no: that journal may have a snapshot, and is read with `readLongJournals`. Null also for
   * all but one of the claims that get the same rows of the same saga.
   */
  readonly entries: readonly NamedEntry[] | null
}

/** Whether the claim itself reads the rows: what is new to the claimer, or a journal too short for a snapshot. */
export function hasShortRest({ known, at_seq }: Pick<GrantedRow, 'known' | 'at_seq'>): boolean {
  return known !== null || at_seq < snapshotEvery
}

const shortRest: RawBuilder<boolean> = sql`r.known is not null or r.at_seq < ${sql.lit(snapshotEvery)}`

/**
 * Of several claims on one saga in a batch, one brings the rows that they all get. Only where there are such claims: others
 * need not be put in order.
 */
const sharedRows: RawBuilder<unknown> = sql`(
      select r.*, row_number() over (partition by r.saga_id, r.known, ${shortRest}) = 1 as is_first
      from r
    ) r`

/**
 * Claims tasks by their nonces. No indexed column changes. Repeating it under the same claim ids grants the same claims.
 *
 * @returns the claims that were granted. Their journals are as old as the statement: a row that was locked by somebody
 * else meanwhile may have moved on, and then `at_seq` lies behind the journal's end
 */
export async function claimByNonce(
  executor: SqlExecutor,
  batch: readonly ClaimRecord[],
  lockTimeoutMs: number | null,
): Promise<readonly GrantedRow[]> {
  const sagaIds = batch.map(({ sagaId }) => sagaId)
  const shares = new Set(sagaIds).size < sagaIds.length
  const result = await sql<GrantedRow>`
    with
    ${lockTasks(executor, sagaIds, lockTimeoutMs)},
    u as materialized (
      select
        u.saga_id, u.branch, u.nonce, u.claim_id, u.lease_ms,
        (
          select p.seq
          from ${table(executor, 'saga_journal')} p
          where p.saga_id = u.saga_id and p.seq = u.known_seq and p.append_id = u.known_append_id
        ) as known
      from unnest(
        ${sagaIds}::uuid[],
        ${batch.map(({ branch }) => branch)}::text[],
        ${batch.map(({ nonce }) => nonce)}::text[],
        ${batch.map(({ claimId }) => claimId)}::uuid[],
        ${batch.map(({ leaseMs }) => leaseMs)}::float8[],
        ${batch.map(({ known }) => known?.seq ?? null)}::int4[],
        ${batch.map(({ known }) => known?.appendId ?? null)}::uuid[]
      ) as u (saga_id, branch, nonce, claim_id, lease_ms, known_seq, known_append_id)
    ),
    r as (
      update ${table(executor, 'saga_tasks')} t
      set claim_id = u.claim_id, deliveries = t.deliveries + 1,
        lease_until = clock_timestamp() + u.lease_ms * interval '1 ms'
      from l join u on u.saga_id = l.saga_id and u.branch = l.branch and u.nonce = l.nonce
      where ${allLocked} and t.saga_id = l.saga_id and t.branch = l.branch and t.nonce = u.nonce
        and (t.claim_id is null or t.claim_id = u.claim_id)
        and t.run_at <= clock_timestamp()
      returning t.saga_id, t.branch, t.queue, t.claim_id, t.wake, t.at_seq, u.known
    )
    select
      r.*,
      ${inMs('clock_timestamp()')} as now,
      case when ${shares ? sql`(${shortRest}) and r.is_first` : shortRest} then (
        select coalesce(json_agg(${entryJson} order by j.seq), '[]')
        from (${rowsAfterKnown(executor)}) j
      ) end as entries
    from ${shares ? sharedRows : sql`r`}`.execute(executor.db)
  return result.rows
}
