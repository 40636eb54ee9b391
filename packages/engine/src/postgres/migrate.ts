import { sql } from 'kysely'
import { Migrator, type Migration } from 'kysely/migration'
import { Pool } from 'pg'
import { BackstepError } from '../core/backstep-error.ts'
import { readMigrationFiles, type MigrationFile } from './migration-files.ts'
import { migrationLockTable, migrationTable, readApplied } from './applied-migrations.ts'
import { defaultSchema, kyselyOn, type PostgresSource } from './open-postgres.ts'
import { table, type SqlExecutor } from './sql-executor.ts'
import { toBackstepError } from './sql-state.ts'

/** What to migrate, and how. */
export type MigrateOptions = PostgresSource & {
  /** `backstep` unless said otherwise. */
  readonly schema?: string
  /** Only tells what would be applied. */
  readonly dryRun?: boolean
  /** Called for each migration once it is committed. */
  readonly onApplied?: (name: string) => void
  /** Other migrations than those that come with the package. For tests. */
  readonly folder?: URL
}

/** What came of it. */
export interface MigrateResult {
  /** Committed by this call, in order. */
  readonly applied: readonly string[]
  /** Not applied so far; empty unless it was a dry run. */
  readonly pending: readonly string[]
}

/**
 * Brings the schema up to what this package needs. Each file is one transaction: what was reported is committed, whatever
 * happens next. Any number of processes may migrate at once: each file is applied by one of them. Needs a connection to
 * Postgres itself, not through a pooler in transaction mode: the lock belongs to a session.
 *
 * @throws BackstepError `MIGRATION_CHANGED` when a file that was applied reads differently now; then nothing is applied
 */
export async function migrate(options: MigrateOptions): Promise<MigrateResult> {
  const { schema = defaultSchema, dryRun = false } = options
  const files = await readMigrationFiles(options.folder)
  const pool =
    options.pool ??
    // A connection that breaks fails the statement that it was for; an idle one is nobody's loss.
    new Pool({ connectionString: options.databaseUrl, max: 2 }).on('error', () => {})
  const executor = { db: kyselyOn(pool, { prepare: false, onError: () => {} }), schema }
  try {
    const pending = await checkedPending(executor, files)
    if (dryRun || pending.length === 0) return { applied: [], pending }
    return { applied: await applyAll(executor, files, options), pending: [] }
  } catch (error) {
    throw toBackstepError(error)
  } finally {
    if (options.pool === undefined) await pool.end()
  }
}

/** The names that were not applied so far, after a look at the sums of those that were. */
async function checkedPending(
  executor: SqlExecutor,
  files: readonly MigrationFile[],
): Promise<readonly string[]> {
  const applied = await readApplied(executor)
  const changed = files.find(({ name, sha256 }) => (applied.get(name) ?? sha256) !== sha256)
  if (changed !== undefined) {
    throw new BackstepError(
      'MIGRATION_CHANGED',
      `The migration ${changed.name} reads differently from when it was applied to the schema "${executor.schema}" (sha256 ${applied.get(changed.name)} then, ${changed.sha256} now). Restore the file; write another migration for a change.`,
    )
  }
  return files.map(({ name }) => name).filter((name) => !applied.has(name))
}

async function applyAll(
  executor: SqlExecutor,
  files: readonly MigrationFile[],
  { onApplied }: MigrateOptions,
): Promise<readonly string[]> {
  const migrator = new Migrator({
    db: executor.db,
    provider: { getMigrations: async () => migrationsOf(executor.schema, files) },
    migrationTableSchema: executor.schema,
    migrationTableName: migrationTable,
    migrationLockTableName: migrationLockTable,
  })
  const applied: string[] = []
  for (;;) {
    // One at a time: several would share a transaction, and be called applied even when it is rolled back.
    const { error, results = [] } = await migrator.migrateUp()
    if (error !== undefined) throw failed(error, results[0]?.migrationName)
    const [result] = results
    if (result === undefined) return applied
    applied.push(result.migrationName)
    onApplied?.(result.migrationName)
  }
}

function migrationsOf(schema: string, files: readonly MigrationFile[]): Record<string, Migration> {
  return Object.fromEntries(
    files.map((file) => [file.name, { up: (db) => applyFile({ db, schema }, file) }]),
  )
}

async function applyFile(executor: SqlExecutor, file: MigrationFile): Promise<void> {
  await sql`set local search_path to ${sql.id(executor.schema)}`.execute(executor.db)
  await sql.raw(file.text).execute(executor.db)
  await sql`
    insert into ${table(executor, 'migration_checksums')} (name, sha256)
    values (${file.name}::text, ${file.sha256}::text)`.execute(executor.db)
}

function failed(error: unknown, name: string | undefined): unknown {
  const known = toBackstepError(error)
  if (known instanceof BackstepError || !(error instanceof Error)) return known
  return new Error(`The migration ${name ?? ''} failed and was rolled back: ${error.message}`, {
    cause: error,
  })
}
