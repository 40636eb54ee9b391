import {
  formatDuration,
  type ListedDefinition,
  type PlanNode,
  type StepNode,
} from '@backstep/engine'
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
    steps: nodes.flatMap(stepsAt).map(({ name: step, role, queue }) => ({ step, role, queue })),
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
    [...new Set(plan.nodes.flatMap(stepsAt).map(({ queue }) => printable(queue)))].join(', '),
    plan.nodes.map(placeText).join(' → '),
  ])
  cli.stdout(renderTable({ columns, rows, width: cli.columns }))
}

/** The steps at one place of a plan. */
function stepsAt(node: PlanNode): readonly StepNode[] {
  switch (node.type) {
    case 'step':
      return [node]
    case 'parallel':
      return node.branches.flatMap(({ nodes }) => nodes)
    case 'forEach':
      return node.nodes
    case 'choice':
    case 'sleep':
    case 'wait':
    case 'savepoint':
      return []
  }
}

/** One place of a plan: the pivot in brackets, branches side by side, a choice with a question mark, a save-point with its rounds. */
function placeText(node: PlanNode): string {
  switch (node.type) {
    case 'step':
      return printable(node.role === 'pivot' ? `[${node.name}]` : node.name)
    case 'parallel': {
      const branches = node.branches.map(({ nodes }) => lineText(nodes))
      return `${printable(node.name)}(${branches.join(' | ')})`
    }
    case 'forEach':
      return `${printable(node.name)} each(${lineText(node.nodes)})`
    case 'choice':
      return `${printable(node.name)}?`
    case 'sleep':
      return `${printable(node.name)} ${formatDuration(node.durationMs)}`
    case 'wait':
      return `<${printable(node.name)}>`
    case 'savepoint':
      return `${printable(node.name)} ×${node.maximumRounds}`
  }
}

function lineText(nodes: readonly StepNode[]): string {
  return nodes.map(({ name }) => printable(name)).join(' → ')
}

const columns: readonly Column[] = [
  { header: 'DEFINITION', narrow: 'cut' },
  { header: 'VERSION' },
  { header: 'LIVE', align: 'right' },
  { header: 'REGISTERED' },
  { header: 'QUEUES', narrow: 'cut' },
  { header: 'STEPS ([pivot])', narrow: 'wrap' },
]
