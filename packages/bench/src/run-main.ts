import { ArgumentsError } from './arguments.ts'

/** Writes a line to standard output. */
export const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

/**
 * Runs a command of this package to its exit code. A signal that ends the process ends it in order: through the command's own.
 *
 * @param command what people type, for the hint to its help
 */
export const runMain = async (
  command: string,
  main: (signal: AbortSignal) => Promise<number>,
): Promise<void> => {
  const interrupted = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => interrupted.abort(new Error(`Ended by ${name}.`)))
  }
  try {
    process.exitCode = await main(interrupted.signal)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`${message}\n`)
    if (error instanceof ArgumentsError) process.stderr.write(`See ${command} --help.\n`)
    process.exitCode = error instanceof ArgumentsError ? 2 : 1
  }
}
