import {
  BackstepError,
  type Operator,
  type OperatorOptions,
  type RequestAnswer,
} from '@backstep/engine'
import { Command } from 'commander'

import type { CliEnvironment } from './cli-environment.ts'
import { printJson, withClient, type Client, type CommonOptions } from './client.ts'
import { legalText } from './legal-commands.ts'
import { wholeNumber } from './option-values.ts'

/** What an operator asks of one saga. */
export interface OperatorVerb<Own extends object = object> {
  readonly name: string
  readonly description: string
  /** What is true once it is done, about "the saga". */
  readonly done: string
  /** What it says about effects, or the end of the saga: then `--yes` has to be given. Null: nothing. */
  readonly claims?: (own: Own) => string | null
  /** Options besides those that all have. */
  readonly withOptions?: (command: Command) => Command
  readonly ask: (call: VerbCall<Own>) => Promise<RequestAnswer>
}

/** A verb about to be carried out. */
export interface VerbCall<Own extends object> {
  readonly cli: CliEnvironment
  readonly operator: Operator
  /** Who, why, and the row that they have seen. */
  readonly by: OperatorOptions
  /** The verb's own options. */
  readonly own: Own
}

/** What every verb takes. */
export interface VerbOptions extends CommonOptions {
  readonly reason: string
  readonly actor: string
  readonly ifSeq?: number
  readonly yes?: boolean
}

/** A command that asks something of a saga, with actor and reason for the journal. */
export function operatorCommand<Own extends object>(
  cli: CliEnvironment,
  verb: OperatorVerb<Own>,
): Command {
  const command = withAudit(cli, new Command(verb.name).description(verb.description))
    .argument('<id>', 'id of the saga')
    .option('--if-seq <number>', 'only if its last journal row is still this one', wholeNumber)
  const own = verb.withOptions?.(command) ?? command
  return (verb.claims === undefined ? own : own.option('--yes', 'you are sure')).action(
    (sagaId: string, options: VerbOptions & Own) => runVerb(cli, verb, { sagaId, options }),
  )
}

/** Adds the options that say who acts, and why. */
export function withAudit(cli: CliEnvironment, command: Command): Command {
  return command
    .requiredOption('--reason <text>', 'why, for the journal')
    .option('--actor <name>', 'who asks, for the journal', cli.user)
}

/** Carries a verb out, and tells what came of it. */
export async function runVerb<Own extends object>(
  cli: CliEnvironment,
  verb: OperatorVerb<Own>,
  { sagaId, options }: { readonly sagaId: string; readonly options: VerbOptions & Own },
): Promise<void> {
  const { actor, reason, ifSeq } = options
  const claim = verb.claims?.(options) ?? null
  if (claim !== null && options.yes !== true) {
    throw new BackstepError(
      'CONFIGURATION_INVALID',
      `${verb.name} says that ${claim}. Add --yes when you are sure of it.`,
    )
  }
  await withClient(cli, options, async (client) => {
    const by = { actor, reason, ...(ifSeq === undefined ? {} : { ifSeq }) }
    const operator = client.backstep.operate(sagaId)
    const answer = await verb.ask({ cli, operator, by, own: options })
    if (answer.status === 'refused') throw refusal(verb.name, sagaId, answer)
    tell(client, { verb, sagaId, answer })
  })
}

function refusal(
  name: string,
  sagaId: string,
  { reason, legal }: Extract<RequestAnswer, { status: 'refused' }>,
): BackstepError {
  return new BackstepError(
    'VERB_REFUSED',
    `${name} is refused: ${reason}${legalText(legal)} Look at "backstep show ${sagaId}".`,
  )
}

interface Told {
  readonly verb: Pick<OperatorVerb, 'name' | 'done'>
  readonly sagaId: string
  readonly answer: RequestAnswer
}

function tell(client: Client, { verb, sagaId, answer }: Told): void {
  const { cli, json, paint } = client
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
