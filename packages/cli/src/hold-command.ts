import { BackstepError, type AuditOptions, type Backstep, type Pausable } from '@backstep/engine'
import { Command } from 'commander'

import type { CliEnvironment } from './cli-environment.ts'
import { printJson, withClient } from './client.ts'
import { runVerb, withAudit, type OperatorVerb, type VerbOptions } from './operator-verb.ts'
import { wholeNumber } from './option-values.ts'
import { printable } from './printable.ts'

/** A verb about one saga, or about all of a queue or definition. */
export interface HoldVerb extends Pick<OperatorVerb, 'name' | 'description' | 'done' | 'ask'> {
  /** False where nothing has changed. */
  readonly hold: (backstep: Backstep, target: Pausable, by: AuditOptions) => Promise<boolean>
  /** Why nothing has. */
  readonly wasSo: string
}

interface HoldOptions extends VerbOptions {
  readonly queue?: string
  readonly definition?: string
  readonly version?: number
}

/** The command of such a verb. */
export function holdCommand(cli: CliEnvironment, verb: HoldVerb): Command {
  return withAudit(cli, new Command(verb.name).description(verb.description))
    .argument('[id]', 'id of the saga')
    .option('--queue <name>', 'all that is on this queue')
    .option('--definition <name>', 'all sagas of this definition')
    .option('--version <number>', 'only this version of it', wholeNumber)
    .option('--if-seq <number>', 'only if its last journal row is still this one', wholeNumber)
    .action((sagaId: string | undefined, options: HoldOptions) => {
      const target = targetOf(verb.name, sagaId, options)
      return typeof target === 'string'
        ? runVerb(cli, verb, { sagaId: target, options })
        : runHold(cli, verb, { target, options })
    })
}

/** The saga's id, or what is meant as a whole. */
function targetOf(
  name: string,
  sagaId: string | undefined,
  { queue, definition, version }: HoldOptions,
): string | Pausable {
  const given = [sagaId, queue, definition].filter((each) => each !== undefined)
  if (given.length === 1 && (version === undefined || definition !== undefined)) {
    if (sagaId !== undefined) return sagaId
    if (queue !== undefined) return { queue }
    if (definition !== undefined)
      return version === undefined ? { definition } : { definition, version }
  }
  throw new BackstepError(
    'CONFIGURATION_INVALID',
    `${name} needs to know what is meant: pass the id of a saga, or --queue NAME, or --definition NAME with or without --version.`,
  )
}

async function runHold(
  cli: CliEnvironment,
  verb: HoldVerb,
  { target, options }: { readonly target: Pausable; readonly options: HoldOptions },
): Promise<void> {
  await withClient(cli, options, async ({ backstep, json }) => {
    const { actor, reason } = options
    const what = textOf(target)
    if (!(await verb.hold(backstep, target, { actor, reason }))) {
      throw new BackstepError(
        'VERB_REFUSED',
        `${verb.name} is refused: ${what} ${verb.wasSo}. Look at "backstep pauses".`,
      )
    }
    if (json) printJson(cli, { ...target, verb: verb.name, status: 'applied' })
    else cli.stdout(`Done: ${what}: ${verb.done}\n`)
  })
}

function textOf(target: Pausable): string {
  if ('queue' in target) return `queue ${printable(target.queue)}`
  const version = target.version === undefined ? '' : ` v${target.version}`
  return `definition ${printable(target.definition)}${version}`
}
