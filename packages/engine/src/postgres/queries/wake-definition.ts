import { sql } from 'kysely'
import type { PauseTarget } from '../../ports/pause-store.ts'
import { table, type SqlExecutor } from '../sql-executor.ts'
import { allLocked } from './lock-tasks.ts'

/**
 * Makes free tasks of a definition due whose time is ahead, so many at once. One that waits for something else is looked at
 * too early, and put off again.
 *
 * @returns how many there were
 */
export async function wakeDefinition(
  executor: SqlExecutor,
  { name, version }: PauseTarget,
  limit: number,
): Promise<number> {
  const tasks = table(executor, 'saga_tasks')
  const result = await sql<{ readonly woken: number }>`
    with
    s as materialized (
      select s.id
      from ${table(executor, 'sagas')} s
      where s.definition_name = ${name}::text
        and ${version}::int4 in (0, s.definition_version)
        and s.status in ('running', 'compensating') and not s.paused
    ),
    l as materialized (
      select t.saga_id, t.branch
      from ${tasks} t
      where t.saga_id = any(array(select s.id from s))
        and t.claim_id is null and t.run_at > statement_timestamp()
      order by t.saga_id, t.branch
      limit ${limit}::int8
      for no key update
    ),
    w as (
      update ${tasks} t
      set wake = t.wake + 1, run_at = statement_timestamp(), due_at = statement_timestamp()
      from l
      where ${allLocked} and t.saga_id = l.saga_id and t.branch = l.branch
        and t.claim_id is null
      returning t.saga_id
    )
    select count(*)::float8 as woken from w`.execute(executor.db)
  return result.rows[0]?.woken ?? 0
}
