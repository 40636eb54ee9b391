import { BackstepError, createBackstep, type Backstep, type Logger } from '@backstep/engine'
import type { Command } from 'commander'

import type { CliEnvironment } from './cli-environment.ts'
import { Paint } from './paint.ts'
import { printableJson } from './printable.ts'

/** What every command takes. */
export interface CommonOptions {
  readonly databaseUrl?: string
  readonly redisUrl?: string
  readonly schema?: string
  readonly json?: boolean
  readonly verbose?: boolean
}

/** Adds the options that every command takes. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--database-url <url>', 'Postgres (default: $DATABASE_URL)')
    .option('--redis-url <url>', 'Redis, if the workers use one (default: $REDIS_URL)')
    .option('--schema <name>', 'schema of the tables (default: $BACKSTEP_SCHEMA or backstep)')
    .option('--json', 'print JSON, for programs')
    .option('--verbose', 'on an error print where it comes from, too')
}

/** Where Backstep's tables are, from options first and from the environment second. */
export interface Place {
  readonly databaseUrl: string
  readonly redisUrl: string | undefined
  readonly schema: string
}

/**
 * Reads where to go.
 *
 * @throws BackstepError `CONFIGURATION_INVALID` when it was not said
 */
export function readPlace(cli: CliEnvironment, options: CommonOptions): Place {
  const { variables } = cli
  const databaseUrl = options.databaseUrl ?? variables['DATABASE_URL'] ?? ''
  if (!/^postgres(ql)?:\/\//.test(databaseUrl)) {
    const state = databaseUrl === '' ? 'is not set' : 'is no address of Postgres'
    throw new BackstepError(
      'CONFIGURATION_INVALID',
      `DATABASE_URL ${state}; set it, or pass --database-url postgres://user@host:5432/db.`,
    )
  }
  return {
    databaseUrl,
    redisUrl: options.redisUrl ?? nonEmpty(variables['REDIS_URL']),
    schema: options.schema ?? nonEmpty(variables['BACKSTEP_SCHEMA']) ?? 'backstep',
  }
}

/** What a command works with. */
export interface Client {
  readonly cli: CliEnvironment
  readonly backstep: Backstep
  readonly json: boolean
  readonly paint: Paint
  /** A command for the person in front to type, which goes to the same place. */
  suggest(command: string): string
}

/** Opens a client for a command, and closes it again whatever happens. */
export async function withClient(
  cli: CliEnvironment,
  options: CommonOptions,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  const { databaseUrl, redisUrl, schema } = readPlace(cli, options)
  const backstep = createBackstep({
    databaseUrl,
    schema,
    ...(redisUrl === undefined ? {} : { redisUrl }),
    ...(options.verbose === true ? { logger: stderrLogger(cli) } : {}),
  })
  const where = options.schema === undefined ? '' : ` --schema ${options.schema}`
  try {
    await work({
      cli,
      backstep,
      json: options.json === true,
      paint: new Paint(cli.colors),
      suggest: (command) => `backstep ${command}${where}`,
    })
  } finally {
    await backstep.close()
  }
}

/** Prints JSON, readable for people as well. */
export function printJson(cli: CliEnvironment, value: unknown): void {
  cli.stdout(`${printableJson(JSON.stringify(value, null, 2))}\n`)
}

function stderrLogger(cli: CliEnvironment): Logger {
  const write = (fields: Readonly<Record<string, unknown>>, message: string): void => {
    const { err } = fields
    const why = err instanceof Error ? `: ${err.message}` : ''
    cli.stderr(`${printableJson(`${message}${why}`)}\n`)
  }
  return { debug: () => {}, info: () => {}, warn: write, error: write }
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}
