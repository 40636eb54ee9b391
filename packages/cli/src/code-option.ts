import type { RegisteredSaga } from '@backstep/engine'
import type { Command } from 'commander'

import type { CliEnvironment } from './cli-environment.ts'
import { collect } from './option-values.ts'

/** The modules that have the saga's definition. */
export interface CodeOption {
  readonly sagas?: readonly string[]
}

/** Adds the option that names modules whose schemas check what is given. */
export function withCode(command: Command): Command {
  const about = 'module that exports "sagas", whose schemas check what is given (repeatable)'
  return command.option('--sagas <module>', about, collect)
}

/** The definitions in those modules. */
export async function loadCode(
  cli: CliEnvironment,
  { sagas = [] }: CodeOption,
): Promise<readonly RegisteredSaga[]> {
  if (sagas.length === 0) return []
  // Few commands need the worker's package, and with it much that takes a while to load.
  const { loadSagas } = await import('@backstep/worker')
  return loadSagas(sagas, cli.folder)
}
