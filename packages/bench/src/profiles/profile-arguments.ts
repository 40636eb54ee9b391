import { parseArgs } from 'node:util'

import { ArgumentsError, chosen } from '../arguments.ts'

/** What the user wants to have profiled. */
export interface ProfileArguments {
  readonly help: boolean
  /** Names of profiles. */
  readonly only: readonly string[]
  readonly quick: boolean
  /** Whether the results file and the document are written anew. */
  readonly write: boolean
}

/** The text of `--help`. */
export const profileHelp = (
  names: readonly string[],
): string => `Usage: pnpm bench:profiles [options]

Measures how Backstep scales, on a Postgres and a Redis of its own.

  --only a,b    only these profiles
  --quick       short windows and small backlogs, within four minutes; for a first look only
  --write       write packages/bench/results/profiles.json and docs/performance.md
  --no-write    print only
  --help

All profiles together write unless told not to. With --quick or --only nothing is written, unless
told to: what is not measured would be lost.

Profiles: ${names.join(', ')}
`

/**
 * Reads the command line.
 *
 * @param known the profiles that there are
 * @throws ArgumentsError
 */
export const readProfileArguments = (
  args: readonly string[],
  known: readonly string[],
): ProfileArguments => {
  const { help = false, quick = false, only, write } = parse(args)
  return {
    help,
    quick,
    only: chosen('profile', only, known),
    write: write ?? !(quick || only !== undefined),
  }
}

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        only: { type: 'string' },
        quick: { type: 'boolean' },
        write: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    throw new ArgumentsError(error instanceof Error ? error.message : String(error))
  }
}
