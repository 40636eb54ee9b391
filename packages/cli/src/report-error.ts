import { isBackstepError } from '@backstep/engine'
import { CommanderError } from 'commander'

import type { CliEnvironment } from './cli-environment.ts'
import { exitCodeOf, exitCodes, type ExitCode } from './exit-code.ts'
import { printable, printableJson } from './printable.ts'

/** How errors are told. */
export interface ReportOptions {
  readonly json: boolean
  readonly verbose: boolean
}

/** Tells what went wrong on stderr, in one line, and gives the exit code. Commander has told its own errors already. */
export function reportError(
  error: unknown,
  cli: CliEnvironment,
  { json, verbose }: ReportOptions,
): ExitCode {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.misused
  }
  const message = messageOf(error)
  const code = isBackstepError(error) ? error.code : 'UNEXPECTED'
  if (json) cli.stderr(`${printableJson(JSON.stringify({ error: { code, message } }))}\n`)
  else cli.stderr(`backstep: ${printable(message)}\n`)
  if (verbose) cli.stderr(traceOf(error))
  return exitCodeOf(error)
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const said = error.message || 'the connection failed'
  if (isBackstepError(error)) return said
  const code = exitCodeOf(error)
  if (code === exitCodes.misused) return `Postgres refuses DATABASE_URL: ${said}.`
  return code === exitCodes.database ? `Postgres cannot be reached: ${said}.` : said
}

function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const lines = (error.stack ?? '').split('\n').map((line) => `  ${printable(line)}\n`)
  const cause = error.cause === undefined ? '' : `  caused by\n${traceOf(error.cause)}`
  return lines.join('') + cause
}
