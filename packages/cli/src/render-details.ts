import type { JsonValue, SagaDetails, SagaView, StepNode } from '@backstep/engine'

import type { Client } from './client.ts'
import { renderLabeled, type LabeledLine } from './labeled-lines.ts'
import { nextMove } from './next-move.ts'
import { printable } from './printable.ts'
import { renderJournal } from './render-journal.ts'
import { renderSteps } from './render-steps.ts'
import { reportSteps, stepsOf, type StepReport } from './step-report.ts'
import { definitionText, failureAtText, failureText } from './saga-text.ts'
import { renderTasks } from './render-tasks.ts'
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
    ...(saga.paused
      ? [{ label: 'paused', text: 'no handler is started until it is resumed' }]
      : []),
    {
      label: 'started',
      text: `${timeText(saga.startedAt)}, ${longAge(cli.now() - saga.startedAt)} ago`,
    },
    ...deadlineLines(cli.now(), details),
    ...whyLines({ saga, state }),
    ...doubtLines(details),
  ]
  const title = paint.strong(`${definitionText(saga)}${key}`)
  return `${title}\n${saga.sagaId}\n\n${renderLabeled(lines, { paint, width: cli.columns })}`
}

function deadlineLines(now: number, { plan, state }: SagaDetails): readonly LabeledLine[] {
  if (plan.deadlineMs === undefined) return []
  if (!['running', 'compensating', 'stuck'].includes(state.status)) return []
  const at = state.startedAt + plan.deadlineMs
  const text = at > now ? `in ${longAge(at - now)}` : `passed ${longAge(now - at)} ago`
  return [{ label: 'deadline', text: `${timeText(at)}, ${text}` }]
}

function whyLines({ saga, state }: Pick<SagaDetails, 'saga' | 'state'>): readonly LabeledLine[] {
  const cause = saga.failure === null ? [] : [{ label: 'cause', text: failureAtText(saga.failure) }]
  if (state.status !== 'stuck') return [...cause, ...branchLines(state)]
  const { code, step, direction, failure } = state.stuck
  const where = step === null ? '' : ` at ${printable(step)}`
  const way = direction === 'forward' ? 'on its way forward' : 'on its way back'
  return [
    ...cause,
    { label: 'stuck', text: `${code}${where}, ${way}` },
    { label: 'error', text: failureText(failure) },
    ...haltLines(state).filter((line) => line.branch !== state.stuck.branch),
  ]
}

/** What is wrong with single branches while others are at work. */
function branchLines(state: SagaView): readonly LabeledLine[] {
  const { turning } = state
  const turns =
    turning === null
      ? []
      : [{ label: 'turning', text: `${failureAtText(turning)}; branches at work settle first` }]
  return [...turns, ...haltLines(state)]
}

/** Halted branches are told one by one up to here. */
const shownHalts = 5

function haltLines({ branches }: SagaView): readonly (LabeledLine & { readonly branch: string })[] {
  const halts = Object.values(branches).flatMap(({ halt }) => (halt === null ? [] : [halt]))
  const lines = halts.slice(0, shownHalts).map(({ branch, code, step, failure }) => {
    const where = step === null ? '' : ` at ${printable(step)}`
    const text = `${printable(branch)}: ${code}${where}: ${failureText(failure)}`
    return { branch, label: 'halted', text }
  })
  const more = halts.length - lines.length
  return more === 0
    ? lines
    : [...lines, { branch: '', label: '', text: `and ${more} more branches` }]
}

/** Steps that may have an effect of which nobody knows: what an operator has to find out. */
function doubtLines(details: SagaDetails): readonly LabeledLine[] {
  const nodes = new Map(stepsOf(details).map(({ key, node }) => [key, node]))
  const doubts = reportSteps(details).filter(
    (report) => report.action.unknownAttempts > 0 && isInDoubt(nodes.get(report.step), report),
  )
  const lines = doubts
    .slice(0, shownDoubts)
    .map(({ step, action: { unknownAttempts: count } }) => ({
      label: 'in doubt',
      text: `${printable(step)}: ${count} ${count === 1 ? 'attempt' : 'attempts'} of unknown outcome`,
    }))
  const more = doubts.length - lines.length
  return more === 0 ? lines : [...lines, { label: '', text: `and ${more} more steps` }]
}

/** Steps in doubt are told one by one up to here. */
const shownDoubts = 5

function isInDoubt(node: StepNode | undefined, { action, compensation }: StepReport): boolean {
  if (action.status === 'succeeded' || isUndone(compensation)) return false
  if (node?.role === 'compensatable' && node.compensation.type === 'none') return false
  const isDenied = node !== undefined && 'rejectionCoversEarlierAttempts' in node
  return !(action.status === 'rejected' && isDenied && node.rejectionCoversEarlierAttempts)
}

function isUndone({ status }: StepReport['compensation']): boolean {
  return status === 'compensated' || status === 'noop'
}

function renderPayloads({ cli, paint }: Client, { saga, state }: SagaDetails): string {
  const lines = [
    { label: 'input', text: jsonText(state.input) },
    ...Object.entries(state.items).map(([fork, items]) => ({
      label: 'list',
      text: `${printable(fork)}: ${jsonText(items)}`,
    })),
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
