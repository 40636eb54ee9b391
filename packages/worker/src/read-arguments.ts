import { parseArgs } from 'node:util'

/** What the command line asks for. */
export type Arguments =
  | { readonly command: 'run'; readonly sagas: readonly string[] }
  | { readonly command: 'help' }
  | { readonly command: 'version' }
  | { readonly command: 'refuse'; readonly problem: string }

/** Reads the command line of `backstep-worker`, without the name of the program. */
export function readArguments(args: readonly string[]): Arguments {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        sagas: { type: 'string', multiple: true, short: 's' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'V' },
      },
    })
    if (values.help === true) return { command: 'help' }
    if (values.version === true) return { command: 'version' }
    const sagas = values.sagas ?? []
    if (sagas.length > 0) return { command: 'run', sagas }
    return { command: 'refuse', problem: 'no sagas to run; pass --sagas ./sagas.ts' }
  } catch (error) {
    return { command: 'refuse', problem: error instanceof Error ? error.message : String(error) }
  }
}

/** What `--help` prints. */
export const helpText = `Usage: backstep-worker --sagas MODULE [--sagas MODULE …]

Runs the steps of sagas. Each MODULE exports an array of definitions under the name "sagas", and
may export limits of queues under the name "queues"; Node runs TypeScript as it is.

  -s, --sagas MODULE  path of a module, relative to the current folder
  -V, --version       print the version
  -h, --help          print this

Everything else comes from the environment: DATABASE_URL (required), REDIS_URL, BACKSTEP_SCHEMA,
BACKSTEP_QUEUES, BACKSTEP_CONCURRENCY, BACKSTEP_LEASE, BACKSTEP_HEARTBEAT, BACKSTEP_SWEEP,
BACKSTEP_SHUTDOWN_GRACE, BACKSTEP_ABORT_GRACE, BACKSTEP_HTTP_HOST, BACKSTEP_HTTP_PORT and
BACKSTEP_LOG_LEVEL. docs/configuration.md has their meanings and defaults.

Exit codes: 0 stopped as asked, 1 failed, 2 wrong usage, configuration or definitions.
`
