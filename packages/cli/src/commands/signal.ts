import { Command } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { printJson, withClient, type CommonOptions } from '../client.ts'
import { readJsonOption } from '../json-option.ts'

interface SignalCommandOptions extends CommonOptions {
  readonly payload: string
  readonly id?: string
  readonly actor: string
}

/** `backstep signal`: sends a saga what it waits for. */
export function signalCommand(cli: CliEnvironment): Command {
  return new Command('signal')
    .description('Sends a signal to a saga that waits for it, or will.')
    .argument('<id>', 'id of the saga')
    .argument('<name>', 'name of the wait')
    .option('--payload <json>', 'what it brings: JSON, @FILE, or - for stdin', 'null')
    .option('--id <id>', 'names the signal, so that one that is sent again counts once')
    .option('--actor <name>', 'who sends it, for the journal', cli.user)
    .action((sagaId: string, name: string, options: SignalCommandOptions) =>
      run(cli, { sagaId, name }, options),
    )
}

async function run(
  cli: CliEnvironment,
  { sagaId, name }: { readonly sagaId: string; readonly name: string },
  options: SignalCommandOptions,
): Promise<void> {
  const payload = await readJsonOption(cli, '--payload', options.payload)
  const { id, actor } = options
  await withClient(cli, options, async (client) => {
    const { backstep, json, paint } = client
    const named = id === undefined ? {} : { id }
    const { status } = await backstep.signal(sagaId, { name, payload, actor, ...named })
    if (json) {
      printJson(cli, { sagaId, signal: name, status })
      return
    }
    cli.stdout(
      status === 'late'
        ? 'Too late: the saga has ended. The signal is in its journal, and nothing follows from it.\n'
        : 'Sent: the saga has it.\n',
    )
    cli.stdout(`Look at it: ${paint.command(client.suggest(`show ${sagaId}`))}\n`)
  })
}
