import { sql } from 'kysely'
import type { StoredDefinition } from '../../ports/definition-store.ts'
import { table, type SqlExecutor } from '../sql-executor.ts'

/** The plan of one version. */
export async function findDefinition(
  executor: SqlExecutor,
  name: string,
  version: number,
): Promise<StoredDefinition | undefined> {
  const result = await sql<StoredDefinition>`
    select d.fingerprint, d.plan
    from ${table(executor, 'saga_definitions')} d
    where d.name = ${name}::text and d.version = ${version}::int4`.execute(executor.db)
  return result.rows[0]
}
