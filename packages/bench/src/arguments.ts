import { parseArgs } from 'node:util'

import { scenarios, type Scenario } from './workload/scenario.ts'

/** What the user wants to have measured. */
export interface BenchArguments {
  readonly help: boolean
  readonly systems: readonly string[]
  readonly scenarios: readonly Scenario[]
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSagas: number
  /** Runs that find no time within so many seconds are left out; null for no limit. */
  readonly budgetSeconds: number | null
  readonly repeatDisturbed: boolean
  /** Whether the results file and the document are written anew. */
  readonly write: boolean
}

/** The command line cannot be understood; the message says what to do. */
export class ArgumentsError extends Error {}

const FULL = { rounds: 3, seconds: 8, warmUpSagas: 300, budgetSeconds: null, repeatDisturbed: true }

// What a run needs besides its window, and the last run, still have to fit into three minutes.
const QUICK = {
  rounds: 1,
  seconds: 1.2,
  warmUpSagas: 200,
  budgetSeconds: 160,
  repeatDisturbed: false,
}

/** The text of `--help`. */
export const helpText = (systems: readonly string[]): string => `Usage: pnpm bench [options]

Measures Backstep beside its peers, on a Postgres, a Redis and a Restate of its own.

  --quick             one short round, within three minutes; for a first look only
  --systems a,b       only these systems
  --scenarios w1,w2   only these scenarios: w1 under load, w2 one at a time, w3 turned back
  --rounds N          rounds, each of which runs every system once (${FULL.rounds})
  --seconds N         length of the measured window of a run (${FULL.seconds})
  --write             write packages/bench/results/latest.json and docs/performance.md
  --no-write          print only
  --help

A full bench writes unless told not to. With --quick, --systems or --scenarios it only prints,
unless told to write.

Systems: ${systems.join(', ')}
`

/**
 * Reads the command line.
 *
 * @param known the systems that there are
 * @throws ArgumentsError
 */
export const readArguments = (
  args: readonly string[],
  known: readonly string[],
): BenchArguments => {
  const values = parse(args)
  const quick = values.quick === true
  const base = quick ? QUICK : FULL
  const partial = quick || values.systems !== undefined || values.scenarios !== undefined
  return {
    ...base,
    help: values.help === true,
    systems: chosen('system', values.systems, known),
    scenarios: chosen('scenario', values.scenarios, scenarios),
    rounds: wholeNumber('rounds', values.rounds, base.rounds),
    seconds: positive('seconds', values.seconds, base.seconds),
    write: values.write ?? !partial,
  }
}

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        quick: { type: 'boolean' },
        systems: { type: 'string' },
        scenarios: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        write: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    throw new ArgumentsError(error instanceof Error ? error.message : String(error))
  }
}

/**
 * The names of a list, separated by commas, in the order of `known`; all of them when none is given.
 *
 * @throws ArgumentsError
 */
export const chosen = <T extends string>(
  what: string,
  given: string | undefined,
  known: readonly T[],
): readonly T[] => {
  if (given === undefined) return known
  const names = given.split(',').map((name) => name.trim())
  const unknown = names.filter((name) => !known.some((one) => one === name))
  if (unknown.length === 0) return known.filter((one) => names.includes(one))
  throw new ArgumentsError(
    `There is no ${what} ${unknown.map((name) => `"${name}"`).join(', ')}; there are ${known.join(', ')}.`,
  )
}

const positive = (name: string, given: string | undefined, fallback: number): number => {
  if (given === undefined) return fallback
  const value = Number(given)
  if (Number.isFinite(value) && value > 0) return value
  throw new ArgumentsError(`--${name} is "${given}"; it must be a number greater than 0.`)
}

const wholeNumber = (name: string, given: string | undefined, fallback: number): number => {
  const value = positive(name, given, fallback)
  if (Number.isInteger(value)) return value
  throw new ArgumentsError(`--${name} is "${given}"; it must be a whole number.`)
}
