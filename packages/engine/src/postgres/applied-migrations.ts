import { sql } from 'kysely'
import { table, type SqlExecutor } from './sql-executor.ts'

/** Kysely's own record of what was applied; not under its usual names, which the application's migrator may use. */
export const migrationTable = 'backstep_migration'

/** The table that Kysely locks by. */
export const migrationLockTable = 'backstep_migration_lock'

/** The sums of the migrations that were applied to the schema, by name; empty when there is no schema yet. */
export async function readApplied(executor: SqlExecutor): Promise<ReadonlyMap<string, string>> {
  const there = await sql<{ readonly there: boolean }>`
    select exists (
      select from pg_catalog.pg_tables
      where schemaname = ${executor.schema}::text and tablename = 'migration_checksums'
    ) as there`.execute(executor.db)
  if (there.rows[0]?.there !== true) return new Map()
  const result = await sql<{ readonly name: string; readonly sha256: string }>`
    select c.name, c.sha256 from ${table(executor, 'migration_checksums')} c`.execute(executor.db)
  return new Map(result.rows.map(({ name, sha256 }) => [name, sha256]))
}
