import { readFileSync } from 'node:fs'

import { Command } from 'commander'

import type { CliEnvironment } from './cli-environment.ts'
import { withCommonOptions } from './client.ts'
import { abandonCommand } from './commands/abandon.ts'
import { cancelCommand } from './commands/cancel.ts'
import { compensateCommand } from './commands/compensate.ts'
import { definitionsCommand } from './commands/definitions.ts'
import { editCommand } from './commands/edit.ts'
import { listCommand } from './commands/list.ts'
import { markCompensatedCommand } from './commands/mark-compensated.ts'
import { migrateCommand } from './commands/migrate.ts'
import { pauseCommand } from './commands/pause.ts'
import { pausesCommand } from './commands/pauses.ts'
import { resolveCommand } from './commands/resolve.ts'
import { resumeCommand } from './commands/resume.ts'
import { queuesCommand } from './commands/queues.ts'
import { retainCommand } from './commands/retain.ts'
import { retryCommand } from './commands/retry.ts'
import { signalCommand } from './commands/signal.ts'
import { showCommand } from './commands/show.ts'
import { skipCommand } from './commands/skip.ts'
import { startCommand } from './commands/start.ts'
import { stuckCommand } from './commands/stuck.ts'
import { waiveCommand } from './commands/waive.ts'
import { printable } from './printable.ts'

const commands = [
  migrateCommand,
  startCommand,
  listCommand,
  showCommand,
  stuckCommand,
  retryCommand,
  editCommand,
  skipCommand,
  resolveCommand,
  markCompensatedCommand,
  waiveCommand,
  compensateCommand,
  cancelCommand,
  signalCommand,
  abandonCommand,
  pauseCommand,
  resumeCommand,
  pausesCommand,
  definitionsCommand,
  queuesCommand,
  retainCommand,
]

/** The whole command line. It throws instead of ending the process. */
export function createProgram(cli: CliEnvironment): Command {
  const program = new Command('backstep')
    .description('Looks after sagas: what runs, what is stuck, and how it goes on.')
    .version(readVersion(), '-V, --version', 'print the version')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: cli.stdout,
      writeErr: cli.stderr,
      getOutHelpWidth: () => cli.columns ?? 100,
      getErrHelpWidth: () => cli.columns ?? 100,
      outputError: (text, write) => write(`backstep: ${printable(oneLine(text))}\n`),
    })
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 unexpected, 2 wrong usage or configuration, 3 not found, 4 refused,\n5 database away or not migrated.',
    )
  for (const create of commands) {
    const command = withCommonOptions(create(cli)).copyInheritedSettings(program)
    for (const nested of command.commands) nested.copyInheritedSettings(program)
    program.addCommand(command)
  }
  return program
}

function oneLine(text: string): string {
  return text
    .replace(/^error: /, '')
    .trim()
    .replaceAll('\n', ' ')
}

function readVersion(): string {
  const { version }: { readonly version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  return version
}
