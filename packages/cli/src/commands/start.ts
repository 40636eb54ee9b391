import { BackstepError, type RegisteredSaga } from '@backstep/engine'
import { Command } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { printJson, withClient, type Client, type CommonOptions } from '../client.ts'
import { readJsonOption } from '../json-option.ts'
import { collect, wholeNumber } from '../option-values.ts'
import { definitionText } from '../saga-text.ts'

interface StartOptions extends CommonOptions {
  readonly sagas: readonly string[]
  readonly input: string
  readonly key?: string
  readonly version?: number
}

/** `backstep start`: starts a saga whose definition is at hand as code. */
export function startCommand(cli: CliEnvironment): Command {
  return new Command('start')
    .description('Starts a saga. Its definition comes from a module, as for a worker.')
    .argument('<name>', 'name of the saga definition')
    .requiredOption('--sagas <module>', 'module that exports "sagas" (repeatable)', collect)
    .requiredOption('--input <json>', 'the input: JSON, @FILE, or - for stdin')
    .option('--key <key>', 'the same key and input start one saga, however often')
    .option('--version <number>', 'version of the definition (default: the highest)', wholeNumber)
    .action((name: string, options: StartOptions) => run(cli, name, options))
}

async function run(cli: CliEnvironment, name: string, options: StartOptions): Promise<void> {
  const saga = await findSaga(cli, name, options)
  const input = await readJsonOption(cli, '--input', options.input)
  const { key } = options
  await withClient(cli, options, async (client) => {
    const { backstep } = client
    const before = key === undefined ? [] : await backstep.list({ name, key, limit: 1 })
    const { sagaId } = await backstep.start(saga, { input, ...(key === undefined ? {} : { key }) })
    tell(client, { saga, sagaId, key: key ?? null, existing: before[0]?.sagaId === sagaId })
  })
}

interface Started {
  readonly saga: RegisteredSaga
  readonly sagaId: string
  readonly key: string | null
  /** It was there before, under the same key. */
  readonly existing: boolean
}

function tell(client: Client, { saga, sagaId, key, existing }: Started): void {
  const { cli, json, paint } = client
  const { name, version } = saga
  if (json) {
    printJson(cli, { sagaId, name, version, key, existing })
    return
  }
  const what = definitionText(saga)
  cli.stdout(
    existing
      ? `Nothing was started: ${what} ${paint.strong(sagaId)} has this key and input already.\n`
      : `Started ${what}: ${paint.strong(sagaId)}\n`,
  )
  cli.stdout(`Look at it: ${paint.command(client.suggest(`show ${sagaId}`))}\n`)
}

async function findSaga(
  cli: CliEnvironment,
  name: string,
  { sagas, version }: StartOptions,
): Promise<RegisteredSaga> {
  // Only this command needs the worker's package, and with it much that takes a while to load.
  const { loadSagas } = await import('@backstep/worker')
  const all = await loadSagas(sagas, cli.folder)
  const found = all
    .filter((saga) => saga.name === name && (version ?? saga.version) === saga.version)
    .toSorted((a, b) => b.version - a.version)[0]
  if (found !== undefined) return found
  const wanted = version === undefined ? `"${name}"` : `"${name}" version ${version}`
  throw new BackstepError(
    'DEFINITION_NOT_FOUND',
    `${sagas.join(' and ')} has no saga ${wanted}; there is ${all.map(definitionText).join(', ')}.`,
  )
}
