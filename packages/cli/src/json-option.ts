import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'

import { BackstepError } from '@backstep/engine'

import type { CliEnvironment } from './cli-environment.ts'
import { printable } from './printable.ts'

/**
 * Reads JSON that an option gives: as it stands, from `@FILE`, or from stdin with `-`.
 *
 * @throws BackstepError `CONFIGURATION_INVALID`
 */
export async function readJsonOption(
  cli: CliEnvironment,
  option: string,
  given: string,
): Promise<unknown> {
  const text = await textOf(cli, option, given)
  try {
    return JSON.parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new BackstepError('CONFIGURATION_INVALID', `${option} is not JSON: ${printable(why)}.`, {
      cause: error,
    })
  }
}

async function textOf(cli: CliEnvironment, option: string, given: string): Promise<string> {
  if (given === '-') return cli.readStdin()
  if (!given.startsWith('@')) return given
  const path = resolve(cli.folder, given.slice(1))
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new BackstepError('CONFIGURATION_INVALID', `${option} cannot be read: ${why}.`, {
      cause: error,
    })
  }
}
