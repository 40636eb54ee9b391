import type { SagaRow } from '@backstep/engine'
import { Command } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { printJson, withClient, type Client, type CommonOptions } from '../client.ts'
import { wholeNumber } from '../option-values.ts'
import { renderStuck } from '../render-stuck.ts'
import { reportStuck, stuckJson, type StuckReport } from '../stuck-report.ts'

interface StuckOptions extends CommonOptions {
  readonly definition?: string
  readonly limit: number
}

/** `backstep stuck`: what waits for an operator, and what would move it on. */
export function stuckCommand(cli: CliEnvironment): Command {
  return new Command('stuck')
    .description('Shows the sagas that wait for an operator, and what would move them on.')
    .option('--definition <name>', 'only sagas of this definition')
    .option('--limit <number>', 'at most so many, newest first', wholeNumber, 20)
    .action((options: StuckOptions) =>
      withClient(cli, options, async (client) => {
        const { definition: name, limit } = options
        const rows = await client.backstep.list({
          status: 'stuck',
          limit: countedAtMost,
          ...(name === undefined ? {} : { name }),
        })
        const reports = await reportAll(client, rows.slice(0, limit))
        const total = rows.length
        if (client.json) printJson(cli, { total, sagas: reports.map(stuckJson) })
        else cli.stdout(renderStuck(client, { reports, total }))
      }),
    )
}

const countedAtMost = 1_000

/** One after the other: on a bad day the database has enough to do. */
async function reportAll(
  { backstep }: Client,
  rows: readonly SagaRow[],
): Promise<readonly StuckReport[]> {
  const reports: StuckReport[] = []
  for (const row of rows) {
    const report = await reportStuck(backstep, row)
    if (report !== undefined) reports.push(report)
  }
  return reports
}
