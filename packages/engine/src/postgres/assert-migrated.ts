import { BackstepError } from '../core/backstep-error.ts'
import { readApplied } from './applied-migrations.ts'
import { readMigrationFiles } from './migration-files.ts'
import type { PostgresConnection } from './postgres-connection.ts'
import { runStatement } from './run-statement.ts'

/**
 * Makes sure that the schema has everything that this package needs; it may have more, from a newer one.
 *
 * @throws BackstepError `DATABASE_NOT_MIGRATED` with the names of what is missing
 */
export async function assertMigrated({
  executor,
}: Pick<PostgresConnection, 'executor'>): Promise<void> {
  const files = await readMigrationFiles()
  const applied = await runStatement(() => readApplied(executor))
  const missing = files.map(({ name }) => name).filter((name) => !applied.has(name))
  if (missing.length === 0) return
  throw new BackstepError(
    'DATABASE_NOT_MIGRATED',
    `The schema "${executor.schema}" lacks ${missing.join(', ')}. Run "backstep migrate --schema ${executor.schema}".`,
  )
}
