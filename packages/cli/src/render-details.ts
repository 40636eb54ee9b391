import type { JsonValue, SagaDetails, StepNode } from '@backstep/engine'

import type { Client } from './client.ts'
import { renderLabeled, type LabeledLine } from './labeled-lines.ts'
import { nextMove } from './next-move.ts'
import { printable } from './printable.ts'
import { renderJournal } from './render-journal.ts'
import { renderSteps } from './render-steps.ts'
import { reportSteps, stepsOf, type StepReport } from './step-report.ts'
import { definitionText, failureAtText, failureText } from './saga-text.ts'
import { taskText } from './task-text.ts'
import { renderTable } from './text-table.ts'
import { longAge, timeText } from './time-text.ts'

/** How much to show. */
export interface DetailsOptions {
  readonly payloads: boolean
  /** The whole journal, not only its end. */
  readonly all: boolean
}

/** One saga for a person: first where it stands and what to do, then the evidence. */
export function renderDetails(
  client: Client,
  details: SagaDetails,
  options: DetailsOptions,
): string {
  const sections = [
    renderHead(client, details),
    ...(options.payloads ? [renderPayloads(client, details)] : []),
    renderSteps(client, details),
    renderJournal(client, details, options.all),
    ...(details.tasks.length === 0 ? [] : [renderTasks(client, details)]),
    renderNext(client, details),
  ]
  return sections.join('\n')
}

function renderHead({ cli, paint }: Client, details: SagaDetails): string {
  const { saga, state } = details
  const key = saga.key === null ? '' : `, key ${printable(saga.key)}`
  const lines: LabeledLine[] = [
    {
      label: 'status',
      text: `${saga.status} for ${longAge(cli.now() - saga.changedAt)}, since ${timeText(saga.changedAt)}`,
      color: (text) => paint.status(saga.status, text),
    },
    {
      label: 'started',
      text: `${timeText(saga.startedAt)}, ${longAge(cli.now() - saga.startedAt)} ago`,
    },
    ...whyLines({ saga, state }),
    ...doubtLines(details),
  ]
  const title = paint.strong(`${definitionText(saga)}${key}`)
  return `${title}\n${saga.sagaId}\n\n${renderLabeled(lines, { paint, width: cli.columns })}`
}

function whyLines({ saga, state }: Pick<SagaDetails, 'saga' | 'state'>): readonly LabeledLine[] {
  const cause = saga.failure === null ? [] : [{ label: 'cause', text: failureAtText(saga.failure) }]
  if (state.status !== 'stuck') return cause
  const { code, step, direction, failure } = state.stuck
  const where = step === null ? '' : ` at ${printable(step)}`
  const way = direction === 'forward' ? 'on its way forward' : 'on its way back'
  return [
    ...cause,
    { label: 'stuck', text: `${code}${where}, ${way}` },
    { label: 'error', text: failureText(failure) },
  ]
}

/** Steps that may have an effect of which nobody knows: what an operator has to find out. */
function doubtLines(details: SagaDetails): readonly LabeledLine[] {
  const nodes = new Map(stepsOf(details).map(({ key, node }) => [key, node]))
  return reportSteps(details)
    .filter(
      (report) => report.action.unknownAttempts > 0 && isInDoubt(nodes.get(report.step), report),
    )
    .map(({ step, action: { unknownAttempts: count } }) => ({
      label: 'in doubt',
      text: `${printable(step)}: ${count} ${count === 1 ? 'attempt' : 'attempts'} of unknown outcome`,
    }))
}

function isInDoubt(node: StepNode | undefined, { action, compensation }: StepReport): boolean {
  if (action.status === 'succeeded' || compensation.status === 'compensated') return false
  if (node?.role === 'compensatable' && node.compensation.type === 'none') return false
  const isDenied = node !== undefined && 'rejectionCoversEarlierAttempts' in node
  return !(action.status === 'rejected' && isDenied && node.rejectionCoversEarlierAttempts)
}

function renderPayloads({ cli, paint }: Client, { saga, state }: SagaDetails): string {
  const lines = [
    { label: 'input', text: jsonText(state.input) },
    ...Object.entries(state.steps)
      .filter(([, { action }]) => action.status === 'succeeded')
      .map(([step, { action }]) => ({
        label: 'output',
        text: `${printable(step)}: ${jsonText(action.output)}`,
      })),
    ...(saga.status === 'completed' ? [{ label: 'result', text: jsonText(saga.output) }] : []),
  ]
  return `${paint.faint('PAYLOADS')}\n${renderLabeled(lines, { paint, width: cli.columns })}`
}

function jsonText(value: JsonValue): string {
  return printable(JSON.stringify(value))
}

function renderTasks({ cli, paint }: Client, { tasks }: SagaDetails): string {
  const now = cli.now()
  const rows = tasks.map((task) => [
    printable(task.branch),
    printable(task.queue),
    taskText(task, now),
    String(task.deliveries),
  ])
  const table = renderTable({
    columns: [
      { header: 'TASK', narrow: 'cut' },
      { header: 'QUEUE', narrow: 'cut' },
      { header: 'WHO HAS IT', narrow: 'wrap' },
      { header: 'TAKEN', align: 'right' },
    ],
    rows,
    width: cli.columns,
  })
  return paint.faintHead(table)
}

function renderNext(client: Client, details: SagaDetails): string {
  const { cli, paint } = client
  const { text, commands } = nextMove(details, cli.now())
  const lines: LabeledLine[] = [
    { label: 'NEXT', text },
    ...commands.map((command) => ({
      label: '',
      text: client.suggest(command),
      color: (line: string) => paint.command(line),
    })),
  ]
  return renderLabeled(lines, { paint, width: cli.columns })
}
