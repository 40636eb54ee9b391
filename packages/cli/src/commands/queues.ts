import type { QueueUse } from '@backstep/engine'
import { Command } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { printJson, withClient, withCommonOptions, type CommonOptions } from '../client.ts'
import { concurrencyText, queueLimitsJson, rateText } from '../limits-text.ts'
import { printable } from '../printable.ts'
import { renderTable, type Column } from '../text-table.ts'
import { limitCommand } from './queues-limit.ts'

/** `backstep queues`: what may run at once in each queue, and what does. Below it, what changes that. */
export function queuesCommand(cli: CliEnvironment): Command {
  const command = new Command('queues')
    .description('Lists the queues that have limits or tasks; "queues limit" sets limits.')
    .action((options: CommonOptions) =>
      withClient(cli, options, async ({ backstep, json }) => {
        const queues = await backstep.queues()
        if (json) printJson(cli, { queues: queues.map(queueJson) })
        else cli.stdout(queuesText(cli, queues))
      }),
    )
  return command.addCommand(withCommonOptions(limitCommand(cli)))
}

function queueJson({ held, waiting, ...limits }: QueueUse): unknown {
  return { ...queueLimitsJson(limits), held, waiting }
}

function queuesText(cli: CliEnvironment, queues: readonly QueueUse[]): string {
  if (queues.length === 0) return 'No queues: none has limits, and there are no tasks.\n'
  const rows = queues.map(({ queue, maximumConcurrency, rate, source, held, waiting }) => [
    printable(queue),
    concurrencyText(maximumConcurrency),
    rateText(rate),
    source ?? '-',
    String(held),
    String(waiting),
  ])
  return renderTable({ columns, rows, width: cli.columns })
}

const columns: readonly Column[] = [
  { header: 'QUEUE', narrow: 'cut' },
  { header: 'AT ONCE', align: 'right' },
  { header: 'RATE' },
  { header: 'SET BY' },
  { header: 'HELD', align: 'right' },
  { header: 'WAITING', align: 'right' },
]
