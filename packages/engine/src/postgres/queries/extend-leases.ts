import { sql } from 'kysely'
import type { Heartbeat, HeartbeatResult } from '../../ports/task-store.ts'
import { table, type SqlExecutor } from '../sql-executor.ts'

interface BeatRow {
  readonly claim_id: string
  readonly wake: number
}

/** Extends the leases of claims that stand. Rows that are locked right now are passed over. No indexed column changes. */
export async function extendLeases(
  executor: SqlExecutor,
  { claims, leaseMs }: Heartbeat,
): Promise<readonly HeartbeatResult[]> {
  const sagaIds = claims.map(({ sagaId }) => sagaId)
  const claimIds = claims.map(({ claimId }) => claimId)
  const tasks = table(executor, 'saga_tasks')
  const result = await sql<BeatRow>`
    with
    l as materialized (
      select t.saga_id, t.branch, t.claim_id
      from ${tasks} t
      where t.saga_id = any(${sagaIds}::uuid[]) and t.claim_id = any(${claimIds}::uuid[])
      order by t.saga_id, t.branch
      for no key update skip locked
    )
    update ${tasks} t
    set lease_until = clock_timestamp() + ${leaseMs}::float8 * interval '1 ms'
    from l
    where t.saga_id = l.saga_id and t.branch = l.branch and t.claim_id = l.claim_id
    returning t.claim_id, t.wake`.execute(executor.db)
  return result.rows.map(({ claim_id, wake }) => ({ claimId: claim_id, wake }))
}
