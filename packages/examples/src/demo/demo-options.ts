import { parseArgs } from 'node:util'

/** How the demo is run. */
export interface DemoOptions {
  /** How many lines of data/orders.jsonl to take; all of them unless set. */
  readonly orders: number
  /** Leave servers and worker up afterwards, until Ctrl-C. */
  readonly keep: boolean
}

/** What the command line says: options, or a text to print and an exit code. */
export type DemoArguments =
  | { readonly command: 'run'; readonly options: DemoOptions }
  | { readonly command: 'print'; readonly text: string; readonly exitCode: number }

const help = `Usage: pnpm demo [--orders N] [--keep]

Runs orders and trips as sagas, kills their worker half-way, and checks that everything adds up.

  --orders N  take only the first N orders and trips
  --keep      leave servers and worker up afterwards, until Ctrl-C
  --help      print this

Servers: DATABASE_URL and REDIS_URL name servers to use; what they do not name is started for the
demo. Without a redis-server on PATH, or with BACKSTEP_REDIS=none, it runs on Postgres alone.
`

/** Reads the command line of the demo. */
export function readDemoArguments(args: readonly string[]): DemoArguments {
  try {
    const { values } = parseArgs({
      // pnpm hands its own separator on.
      args: args.filter((arg) => arg !== '--'),
      options: {
        orders: { type: 'string', default: '1000' },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) return { command: 'print', text: help, exitCode: 0 }
    const orders = Number(values.orders)
    if (!Number.isInteger(orders) || orders < 1) {
      throw new Error(`--orders is ${values.orders}; give a whole number from 1.`)
    }
    return { command: 'run', options: { orders, keep: values.keep } }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return { command: 'print', text: `${problem}\n\n${help}`, exitCode: 2 }
  }
}
