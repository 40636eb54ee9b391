import { sql } from 'kysely'
import type { ListedDefinition } from '../../ports/definition-store.ts'
import { inMs, table, type SqlExecutor } from '../sql-executor.ts'

interface DefinitionRow extends Omit<ListedDefinition, 'registeredAt' | 'liveSagas'> {
  readonly registered_at: number
  readonly live_sagas: number
}

/** All plans by name and version, with the number of live sagas on each. */
export async function listDefinitions(executor: SqlExecutor): Promise<readonly ListedDefinition[]> {
  const result = await sql<DefinitionRow>`
    with live as (
      select s.definition_name, s.definition_version, count(*)::float8 as sagas
      from ${table(executor, 'sagas')} s
      where s.status in ('running', 'compensating', 'stuck')
      group by s.definition_name, s.definition_version
    )
    select
      d.fingerprint, d.plan,
      ${inMs('d.registered_at')} as registered_at,
      coalesce(live.sagas, 0) as live_sagas
    from ${table(executor, 'saga_definitions')} d
    left join live on live.definition_name = d.name and live.definition_version = d.version
    order by d.name collate "C", d.version`.execute(executor.db)
  return result.rows.map(({ fingerprint, plan, registered_at, live_sagas }) => ({
    fingerprint,
    plan,
    registeredAt: registered_at,
    liveSagas: live_sagas,
  }))
}
