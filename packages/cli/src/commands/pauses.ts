import { Command } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { printJson, withClient, type CommonOptions } from '../client.ts'
import { printable } from '../printable.ts'
import { renderTable } from '../text-table.ts'
import { isoTime, timeText } from '../time-text.ts'

/** `backstep pauses`: what is paused as a whole. */
export function pausesCommand(cli: CliEnvironment): Command {
  return new Command('pauses')
    .description('Lists the queues and definitions that are paused. Paused sagas are in "list".')
    .action((options: CommonOptions) =>
      withClient(cli, options, async ({ backstep, json, paint }) => {
        const pauses = await backstep.pauses()
        if (json) {
          const shown = pauses.map((pause) => ({ ...pause, pausedAt: isoTime(pause.pausedAt) }))
          printJson(cli, { pauses: shown })
          return
        }
        const rows = pauses.map(({ kind, name, version, actor, reason, pausedAt }) => [
          kind,
          `${printable(name)}${version === 0 ? '' : ` v${version}`}`,
          timeText(pausedAt),
          printable(actor),
          printable(reason),
        ])
        const headers = ['WHAT', 'NAME', 'SINCE', 'BY', 'WHY']
        const columns = headers.map((header) => ({ header }))
        const table = renderTable({ columns, rows, width: cli.columns })
        cli.stdout(rows.length === 0 ? 'Nothing is paused.\n' : paint.faintHead(table))
      }),
    )
}
