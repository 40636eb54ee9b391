import { retain, type RetainResult } from '@backstep/engine/postgres'
import { Command } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { printJson, readPlace, type CommonOptions } from '../client.ts'
import { wholeNumber } from '../option-values.ts'

interface RetainCommandOptions extends CommonOptions {
  readonly archiveAfter: string
  readonly dropAfter?: string
  readonly batch: number
  readonly dryRun?: boolean
}

/** `backstep retain`: moves ended sagas to the archive, and drops its old months. */
export function retainCommand(cli: CliEnvironment): Command {
  return new Command('retain')
    .description('Moves sagas that ended long ago to the archive, and drops its old months.')
    .requiredOption('--archive-after <duration>', 'move sagas this long after their end: 12h, 7d')
    .option('--drop-after <duration>', 'drop months this long after their end: 365d')
    .option('--batch <number>', 'sagas in one transaction, at most 10000', wholeNumber, 1_000)
    .option('--dry-run', 'only tell what would be done')
    .action((options: RetainCommandOptions) => run(cli, options))
}

async function run(cli: CliEnvironment, options: RetainCommandOptions): Promise<void> {
  const { databaseUrl, schema } = readPlace(cli, options)
  const { archiveAfter, dropAfter, batch, dryRun = false, json = false } = options
  const tell = (line: string): void => (json ? undefined : cli.stdout(`${schema}: ${line}\n`))
  const result = await retain({
    databaseUrl,
    schema,
    archiveAfter,
    batch,
    dryRun,
    ...(dropAfter === undefined ? {} : { dropAfter }),
    // Told as it happens: what is on the screen is committed, whatever comes next.
    onMonth: (change, month) => tell(`${change} ${month}`),
    onMoved: (moved) => tell(`moved ${movedText(moved)}`),
  })
  if (json) printJson(cli, { schema, dryRun, ...result })
  else if (dryRun) tellRehearsal(result, tell)
  else if (result.dropped.length > 0) tell(`freed ${counted(result.freedKeys ?? 0, 'key')}`)
}

function tellRehearsal(result: RetainResult, tell: (line: string) => void): void {
  const { moved, made, detached, dropped } = result
  for (const month of made) tell(`would make ${month}`)
  tell(`would move ${movedText(moved)}`)
  for (const month of detached) tell(`would detach ${month}`)
  for (const month of dropped) tell(`would drop ${month} and free its keys`)
}

function movedText({ sagas, journalRows }: RetainResult['moved']): string {
  return `${counted(sagas, 'saga')} with ${counted(journalRows, 'journal row')}`
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}
