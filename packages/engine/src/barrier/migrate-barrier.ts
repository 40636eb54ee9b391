import { escapeIdentifier, type ClientBase } from 'pg'
import { BackstepError } from '../core/backstep-error.ts'
import { withConnection, type BarrierDatabase } from './barrier-database.ts'
import { defaultBarrierSchema } from './effects-table.ts'
import { readBarrierMigrations, type BarrierMigration } from './migration-files.ts'

/**
 * Makes the barrier's table in the participant's database, or brings it up to this package. One transaction; any number
 * of processes may call it at once. Needs a role that may create the schema, or tables in it where it is there already.
 *
 * @returns the names of the migrations that this call applied
 * @throws BackstepError `MIGRATION_CHANGED` when a file that was applied reads differently now; then nothing is applied
 */
export async function migrateBarrier(options: BarrierDatabase): Promise<readonly string[]> {
  const { schema = defaultBarrierSchema } = options
  const migrations = await readBarrierMigrations()
  return withConnection(options, async (client) => {
    await client.query('begin')
    try {
      const pending = await prepare(client, schema, migrations)
      for (const migration of pending) await apply(client, migration)
      await client.query('commit')
      return pending.map(({ name }) => name)
    } catch (error) {
      // The first error is the one that matters; a connection that is lost has rolled back by itself.
      await client.query('rollback').catch(() => {})
      throw error
    }
  })
}

/** Waits for its turn, makes what migrations are recorded in, and finds those that were not applied so far. */
async function prepare(
  client: ClientBase,
  schema: string,
  migrations: readonly BarrierMigration[],
): Promise<readonly BarrierMigration[]> {
  await client.query('select pg_advisory_xact_lock(hashtextextended($1::text, 0))', [
    `backstep barrier in ${schema}`,
  ])
  const { rows } = await client.query<{ there: boolean }>(
    'select exists (select from pg_catalog.pg_namespace where nspname = $1::text) as there',
    [schema],
  )
  // Not "if not exists": that asks for the right to create schemas even where there is nothing to create.
  if (rows[0]?.there !== true) await client.query(`create schema ${escapeIdentifier(schema)}`)
  await client.query(`set local search_path to ${escapeIdentifier(schema)}`)
  await client.query(`
    create table if not exists migrations (
      name text primary key,
      sha256 text not null,
      applied_at timestamptz not null default now()
    )`)
  return pendingOf(client, schema, migrations)
}

async function pendingOf(
  client: ClientBase,
  schema: string,
  migrations: readonly BarrierMigration[],
): Promise<readonly BarrierMigration[]> {
  const { rows } = await client.query<{ name: string; sha256: string }>(
    'select name, sha256 from migrations',
  )
  const applied = new Map(rows.map(({ name, sha256 }) => [name, sha256]))
  const changed = migrations.find(({ name, sha256 }) => (applied.get(name) ?? sha256) !== sha256)
  if (changed !== undefined) {
    throw new BackstepError(
      'MIGRATION_CHANGED',
      `The barrier's migration ${changed.name} reads differently from when it was applied to the schema "${schema}" (sha256 ${applied.get(changed.name)} then, ${changed.sha256} now). Restore the file; write another migration for a change.`,
    )
  }
  return migrations.filter(({ name }) => !applied.has(name))
}

async function apply(client: ClientBase, { name, text, sha256 }: BarrierMigration): Promise<void> {
  await client.query(text)
  await client.query('insert into migrations (name, sha256) values ($1::text, $2::text)', [
    name,
    sha256,
  ])
}
