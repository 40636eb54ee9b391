import { migrateQueue, queueSchemaName } from '@backstep/engine/bullmq'
import { migrate } from '@backstep/engine/postgres'
import { Command } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { printJson, readPlace, type CommonOptions } from '../client.ts'

interface MigrateOptions extends CommonOptions {
  readonly dryRun?: boolean
}

/** `backstep migrate`: brings the schema up to this version, and BullMQ's own beside it. */
export function migrateCommand(cli: CliEnvironment): Command {
  return new Command('migrate')
    .description("Brings the tables up to what this version needs; BullMQ's in Postgres as well.")
    .option('--dry-run', 'only tell what would be applied')
    .action((options: MigrateOptions) => run(cli, options))
}

async function run(cli: CliEnvironment, options: MigrateOptions): Promise<void> {
  const { databaseUrl, schema } = readPlace(cli, options)
  const { dryRun = false, json = false } = options
  // Told as it happens: what is on the screen is committed, whatever comes next.
  const tell = (line: string): void => (json ? undefined : cli.stdout(`${line}\n`))
  const { applied, pending } = await migrate({
    databaseUrl,
    schema,
    dryRun,
    onApplied: (name) => tell(`${schema}: applied ${name}`),
  })
  for (const name of pending) tell(`${schema}: would apply ${name}`)
  if (applied.length + pending.length === 0) tell(`${schema}: up to date`)
  const queue = queueSchemaName(schema)
  const version = dryRun ? null : await migrateQueue({ databaseUrl, schema })
  tell(`${queue}: ${queueText(version)}`)
  if (json) printJson(cli, { schema, dryRun, applied, pending, queue: { schema: queue, version } })
}

function queueText(version: number | null): string {
  return version === null
    ? "BullMQ's tables would be brought up to date"
    : `BullMQ's tables are at version ${version}`
}
