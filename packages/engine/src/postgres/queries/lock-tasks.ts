import { sql, type RawBuilder } from 'kysely'
import { table, type SqlExecutor } from '../sql-executor.ts'

/**
 * The first CTE of every statement that changes tasks: locks all tasks of these sagas, in one order for everybody, before
 * anything is written. Who waits here sees the rows as they are when the wait is over.
 */
export function lockTasks(
  executor: SqlExecutor,
  sagaIds: readonly string[],
  lockTimeoutMs: number | null,
): RawBuilder<unknown> {
  return sql`l as materialized (
    select t.saga_id, t.branch, t.nonce, t.claim_id, t.wake
    from ${table(executor, 'saga_tasks')} t
    where ${lockTimeout(lockTimeoutMs)} and t.saga_id = any(${sagaIds}::uuid[])
    order by t.saga_id, t.branch
    for no key update
  )`
}

/** Everything is locked before the first row passes this condition. */
export const allLocked: RawBuilder<boolean> = sql<boolean>`(select count(*) from l) >= 0`

/**
 * A condition that is true, and limits how long this statement waits for a lock from there on. It takes no statement of
 * its own, and nothing of it is left when the transaction ends. Null leaves the limit as it is.
 */
export function lockTimeout(lockTimeoutMs: number | null): RawBuilder<boolean> {
  return sql<boolean>`(
    select set_config(
      'lock_timeout', coalesce(${lockTimeoutMs}::int4::text, current_setting('lock_timeout')), true
    )
  ) is not null`
}
