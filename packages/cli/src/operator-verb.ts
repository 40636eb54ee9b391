import { BackstepError, type RequestAnswer } from '@backstep/engine'
import { Command } from 'commander'

import type { CliEnvironment } from './cli-environment.ts'
import { printJson, withClient, type Client, type CommonOptions } from './client.ts'

/** What an operator asks of one saga. */
export interface OperatorVerb {
  readonly name: 'retry' | 'cancel'
  readonly description: string
  /** What is true once it is done, about "the saga". */
  readonly done: string
}

interface VerbOptions extends CommonOptions {
  readonly reason: string
  readonly actor: string
}

/** A command that asks something of a saga, with actor and reason for the journal. */
export function operatorCommand(cli: CliEnvironment, verb: OperatorVerb): Command {
  return new Command(verb.name)
    .description(verb.description)
    .argument('<id>', 'id of the saga')
    .requiredOption('--reason <text>', 'why, for the journal')
    .option('--actor <name>', 'who asks, for the journal', cli.user)
    .action((sagaId: string, options: VerbOptions) =>
      withClient(cli, options, async (client) => {
        const { actor, reason } = options
        const answer = await client.backstep[verb.name](sagaId, { actor, reason })
        if (answer.status === 'refused') throw refusal(verb, sagaId, answer.reason)
        tell(client, { verb, sagaId, answer })
      }),
    )
}

function refusal(verb: OperatorVerb, sagaId: string, reason: string): BackstepError {
  return new BackstepError(
    'VERB_REFUSED',
    `${verb.name} is refused: ${reason} Look at "backstep show ${sagaId}".`,
  )
}

function tell(
  client: Client,
  told: { readonly verb: OperatorVerb; readonly sagaId: string; readonly answer: RequestAnswer },
): void {
  const { cli, json, paint } = client
  const { verb, sagaId, answer } = told
  if (json) {
    printJson(cli, { sagaId, verb: verb.name, status: answer.status })
    return
  }
  cli.stdout(
    answer.status === 'applied'
      ? `Done: ${verb.done}\n`
      : `Asked: a worker may be at the saga, and decides when it gets to it.\n`,
  )
  cli.stdout(`Look at it: ${paint.command(client.suggest(`show ${sagaId}`))}\n`)
}
