import { userInfo } from 'node:os'
import { text } from 'node:stream/consumers'

import type { CliEnvironment } from './cli-environment.ts'

/** The environment of this process. */
export function processEnvironment(): CliEnvironment {
  const { env, stdout, stderr, stdin } = process
  return {
    variables: env,
    folder: process.cwd(),
    user: userName(),
    columns: columnsOf(stdout.isTTY ? stdout.columns : undefined, env['COLUMNS']),
    colors: stdout.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
    now: () => Date.now(),
    stdout: (line) => void stdout.write(line),
    stderr: (line) => void stderr.write(line),
    readStdin: () => text(stdin),
  }
}

/** In a pipe nothing is cut off, unless COLUMNS asks for it. */
function columnsOf(terminal: number | undefined, variable: string | undefined): number | null {
  const columns = terminal ?? Number(variable)
  return Number.isSafeInteger(columns) && columns > 0 ? columns : null
}

/** A container may run under a user id without a name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
