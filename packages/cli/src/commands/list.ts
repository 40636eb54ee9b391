import type { SagaRow, SagaStatus } from '@backstep/engine'
import { Command, InvalidArgumentError } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { printJson, withClient, type Client, type CommonOptions } from '../client.ts'
import { wholeNumber } from '../option-values.ts'
import { printable } from '../printable.ts'
import { sagaJson } from '../saga-json.ts'
import { isSagaStatus, sagaStatuses } from '../saga-status.ts'
import { definitionText, whyText } from '../saga-text.ts'
import { renderTable, type Column } from '../text-table.ts'
import { shortAge } from '../time-text.ts'

interface ListOptions extends CommonOptions {
  readonly status?: readonly SagaStatus[]
  readonly definition?: string
  readonly key?: string
  readonly olderThan?: string
  readonly before?: string
  readonly limit: number
}

/** `backstep list`: sagas, newest first. */
export function listCommand(cli: CliEnvironment): Command {
  return new Command('list')
    .description('Lists sagas, newest first.')
    .option(
      '--status <words>',
      `only these (repeatable, or with commas): ${sagaStatuses.join(', ')}`,
      readStatuses,
    )
    .option('--definition <name>', 'only sagas of this definition')
    .option('--key <key>', 'only sagas with this key')
    .option('--older-than <duration>', 'only sagas started at least this long ago: 5m, 2h, 1d')
    .option('--before <id>', 'go on after this saga, the last of the page before')
    .option('--limit <number>', 'at most so many, up to 1000', wholeNumber, 50)
    .action((options: ListOptions) => run(cli, options))
}

async function run(cli: CliEnvironment, options: ListOptions): Promise<void> {
  const { status, definition: name, key, olderThan, before } = options
  const limit = Math.min(options.limit, 1_000)
  await withClient(cli, options, async (client) => {
    const rows = await client.backstep.list({
      ...(status === undefined ? {} : { status }),
      ...(name === undefined ? {} : { name }),
      ...(key === undefined ? {} : { key }),
      ...(olderThan === undefined ? {} : { olderThan }),
      ...(before === undefined ? {} : { before }),
      limit,
    })
    const next = rows.length < limit ? null : (rows.at(-1)?.sagaId ?? null)
    if (client.json) printJson(cli, { sagas: rows.map(sagaJson), next })
    else printList(client, rows, next)
  })
}

function printList({ cli, paint }: Client, rows: readonly SagaRow[], next: string | null): void {
  if (rows.length === 0) {
    cli.stdout('No sagas.\n')
    return
  }
  const now = cli.now()
  const hasWhy = rows.some((row) => whyText(row) !== '') && (cli.columns ?? 1_000) >= 100
  const cells = rows.map((row) => [
    row.sagaId,
    definitionText(row),
    row.key === null ? '' : printable(row.key),
    paint.status(row.status),
    `${shortAge(now - row.startedAt)} ago`,
    ...(hasWhy ? [whyText(row)] : []),
  ])
  const shown = hasWhy ? [...columns, why] : columns
  cli.stdout(renderTable({ columns: shown, rows: cells, width: cli.columns }))
  if (next !== null) {
    cli.stdout(paint.faint(`There may be more: add --before ${next}`) + '\n')
  }
}

const columns: readonly Column[] = [
  { header: 'SAGA' },
  { header: 'DEFINITION', narrow: 'cut' },
  { header: 'KEY', narrow: 'cut' },
  { header: 'STATUS' },
  { header: 'STARTED' },
]

// Where there is room for it.
const why: Column = { header: 'WHY', narrow: 'cut' }

function readStatuses(value: string, before: readonly SagaStatus[] = []): readonly SagaStatus[] {
  const words = value.split(',').map((word) => word.trim())
  return [...before, ...words.map(readStatus)]
}

function readStatus(word: string): SagaStatus {
  if (isSagaStatus(word)) return word
  throw new InvalidArgumentError(`There are ${sagaStatuses.join(', ')}.`)
}
