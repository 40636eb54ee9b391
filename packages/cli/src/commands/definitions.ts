import type { ListedDefinition } from '@backstep/engine'
import { Command } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { printJson, withClient, type Client, type CommonOptions } from '../client.ts'
import { printable } from '../printable.ts'
import { renderTable, type Column } from '../text-table.ts'
import { isoTime, shortAge } from '../time-text.ts'

/** `backstep definitions`: what workers and clients have registered. */
export function definitionsCommand(cli: CliEnvironment): Command {
  return new Command('definitions')
    .description('Lists the saga definitions that were registered, all versions.')
    .action((options: CommonOptions) =>
      withClient(cli, options, async (client) => {
        const definitions = await client.backstep.definitions()
        if (client.json) printJson(cli, { definitions: definitions.map(definitionJson) })
        else printDefinitions(client, definitions)
      }),
    )
}

function definitionJson({ plan, fingerprint, registeredAt, liveSagas }: ListedDefinition): unknown {
  const { name, version, nodes } = plan
  return {
    name,
    version,
    fingerprint,
    registeredAt: isoTime(registeredAt),
    liveSagas,
    steps: nodes.map(({ name: step, role, queue }) => ({ step, role, queue })),
  }
}

function printDefinitions({ cli }: Client, definitions: readonly ListedDefinition[]): void {
  if (definitions.length === 0) {
    cli.stdout('No definitions: no worker has registered any yet.\n')
    return
  }
  const now = cli.now()
  const rows = definitions.map(({ plan, registeredAt, liveSagas }) => [
    printable(plan.name),
    `v${plan.version}`,
    String(liveSagas),
    `${shortAge(now - registeredAt)} ago`,
    [...new Set(plan.nodes.map(({ queue }) => printable(queue)))].join(', '),
    plan.nodes
      .map(({ name, role }) => printable(role === 'pivot' ? `[${name}]` : name))
      .join(' → '),
  ])
  cli.stdout(renderTable({ columns, rows, width: cli.columns }))
}

const columns: readonly Column[] = [
  { header: 'DEFINITION', narrow: 'cut' },
  { header: 'VERSION' },
  { header: 'LIVE', align: 'right' },
  { header: 'REGISTERED' },
  { header: 'QUEUES', narrow: 'cut' },
  { header: 'STEPS ([pivot])', narrow: 'wrap' },
]
