import { createProgram } from './create-program.ts'
import type { CliEnvironment } from './cli-environment.ts'
import { exitCodes, type ExitCode } from './exit-code.ts'
import { reportError } from './report-error.ts'

/**
 * Runs one command. Never throws: what goes wrong is told on stderr and by the exit code.
 *
 * @param args without the names of Node and of the program
 */
export async function runCli(args: readonly string[], cli: CliEnvironment): Promise<ExitCode> {
  try {
    await createProgram(cli).parseAsync([...args], { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    return reportError(error, cli, {
      json: args.includes('--json'),
      verbose: args.includes('--verbose'),
    })
  }
}
