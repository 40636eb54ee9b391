#!/usr/bin/env node
/** The `backstep` process. */
import { processEnvironment } from './process-environment.ts'
import { runCli } from './run-cli.ts'

// Whoever reads our output may stop when they have seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The command goes on: what it has begun is finished, and its connections are closed.
  if (error.code !== 'EPIPE') process.exit(1)
})

const exitCode = await runCli(process.argv.slice(2), processEnvironment())

// Modules of the application may have left timers or connections open. What was printed goes out first.
process.stdout.write('', () => process.exit(exitCode))
