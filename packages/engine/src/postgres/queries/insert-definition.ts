import { sql } from 'kysely'
import type { StoredDefinition } from '../../ports/definition-store.ts'
import { jsonText, table, type SqlExecutor } from '../sql-executor.ts'

/** Stores a plan, unless its name and version are taken. Tells whether it did. */
export async function insertDefinition(
  executor: SqlExecutor,
  { fingerprint, plan }: StoredDefinition,
): Promise<boolean> {
  const result = await sql<{ readonly name: string }>`
    insert into ${table(executor, 'saga_definitions')} (name, version, fingerprint, plan)
    values (
      ${plan.name}::text, ${plan.version}::int4, ${fingerprint}::text, ${jsonText(plan)}::jsonb
    )
    on conflict do nothing
    returning name`.execute(executor.db)
  return result.rows.length === 1
}
