import { sql } from 'kysely'
import type { Release } from '../../ports/task-store.ts'
import { table, type SqlExecutor } from '../sql-executor.ts'
import { allLocked, lockTasks } from './lock-tasks.ts'

/**
 * Gives claims back. A sweep finds their tasks as soon as they may run.
 *
 * @returns the claims that were given back; others were lost, or woken since their holder last looked
 */
export async function releaseClaims(
  executor: SqlExecutor,
  batch: readonly Release[],
  lockTimeoutMs: number | null,
): Promise<readonly string[]> {
  const sagaIds = batch.map(({ sagaId }) => sagaId)
  const result = await sql<{ readonly claim_id: string }>`
    with
    ${lockTasks(executor, sagaIds, lockTimeoutMs)},
    u as materialized (
      select *
      from unnest(
        ${sagaIds}::uuid[],
        ${batch.map(({ branch }) => branch)}::text[],
        ${batch.map(({ claimId }) => claimId)}::uuid[],
        ${batch.map(({ wake }) => wake)}::int4[],
        ${batch.map(({ nonce }) => nonce)}::text[],
        ${batch.map(({ delayMs }) => delayMs)}::float8[]
      ) as u (saga_id, branch, claim_id, wake, nonce, delay_ms)
    ),
    n as (
      update ${table(executor, 'saga_tasks')} t
      set claim_id = null, lease_until = null, nonce = u.nonce, dispatches = 0,
        run_at = clock_timestamp() + u.delay_ms * interval '1 ms',
        due_at = clock_timestamp() + u.delay_ms * interval '1 ms'
      from l join u on u.saga_id = l.saga_id and u.branch = l.branch and u.claim_id = l.claim_id
      where ${allLocked} and t.saga_id = l.saga_id and t.branch = l.branch and t.claim_id = u.claim_id
        and t.wake = u.wake
      returning u.claim_id
    )
    select n.claim_id from n`.execute(executor.db)
  return result.rows.map((row) => row.claim_id)
}
