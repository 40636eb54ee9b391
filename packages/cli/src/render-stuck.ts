import type { Client } from './client.ts'
import { renderLabeled, type LabeledLine } from './labeled-lines.ts'
import { printable } from './printable.ts'
import { definitionText, failureAtText, failureText } from './saga-text.ts'
import type { StuckReport } from './stuck-report.ts'
import { renderTable } from './text-table.ts'
import { longAge, timeText } from './time-text.ts'

/** What waits for an operator. */
export interface StuckOverview {
  readonly reports: readonly StuckReport[]
  /** All that were found, shown or not. */
  readonly total: number
}

/** The stuck sagas for a person: what they have in common first, then each one. */
export function renderStuck(client: Client, { reports, total }: StuckOverview): string {
  const { paint } = client
  if (total === 0) return 'Nothing is stuck.\n'
  const count = total === 1 ? '1 saga is stuck' : `${total} sagas are stuck`
  const shown = reports.length === total ? '' : `, ${reports.length} of them here`
  return [
    `${paint.bad(`${count}${shown}.`)}\n`,
    ...(reports.length > 1 ? [renderGroups(client, reports)] : []),
    ...reports.map((report) => renderOne(client, report)),
  ].join('\n')
}

/** Many sagas get stuck for few reasons. */
function renderGroups({ cli, paint }: Client, reports: readonly StuckReport[]): string {
  const groups = new Map<string, { readonly report: StuckReport; count: number }>()
  for (const report of reports) {
    const { name, version, stuckCode, stuckStep } = report.saga
    const group = JSON.stringify([name, version, stuckCode, stuckStep])
    const known = groups.get(group)
    if (known === undefined) groups.set(group, { report, count: 1 })
    else known.count += 1
  }
  const rows = [...groups.values()]
    .toSorted((a, b) => b.count - a.count)
    .map(({ report: { saga }, count }) => [
      String(count),
      definitionText(saga),
      printable(saga.stuckStep ?? ''),
      saga.stuckCode ?? '',
    ])
  const table = renderTable({
    columns: [
      { header: 'SAGAS', align: 'right' },
      { header: 'DEFINITION', narrow: 'cut' },
      { header: 'STEP', narrow: 'cut' },
      { header: 'CODE' },
    ],
    rows,
    width: cli.columns,
  })
  return paint.faintHead(table)
}

function renderOne(client: Client, report: StuckReport): string {
  const { cli, paint } = client
  const { saga, since, meaning } = report
  const key = saga.key === null ? '' : `, key ${printable(saga.key)}`
  const lines: readonly LabeledLine[] = [
    {
      label: 'stuck',
      text: stuckText(report),
      color: (text) => paint.bad(text),
    },
    { label: 'since', text: `${timeText(since)}, ${longAge(cli.now() - since)} ago` },
    ...(saga.failure === null ? [] : [{ label: 'cause', text: failureAtText(saga.failure) }]),
    ...errorLines(report),
    { label: 'to do', text: meaning },
    ...report.commands.map((command) => ({
      label: '',
      text: client.suggest(command),
      color: (line: string) => paint.command(line),
    })),
  ]
  const head = `${paint.strong(saga.sagaId)}  ${definitionText(saga)}${key}\n`
  return `${head}${renderLabeled(lines, { paint, width: cli.columns, indent: 2 })}`
}

function stuckText({ saga, direction, attempts }: StuckReport): string {
  const where = saga.stuckStep === null ? '' : ` at ${printable(saga.stuckStep)}`
  const way = direction === 'backward' ? ', on its way back' : ''
  const tried = attempts === 1 ? ', 1 attempt' : `, ${attempts} attempts`
  return `${saga.stuckCode}${where}${way}${attempts === 0 ? '' : tried}`
}

function errorLines({ firstError, lastError }: StuckReport): readonly LabeledLine[] {
  const first = firstError === null ? null : failureText(firstError)
  const last = lastError === null ? null : failureText(lastError)
  if (first === null || last === null) return []
  if (first === last) return [{ label: 'error', text: last }]
  return [
    { label: 'first', text: first },
    { label: 'last', text: last },
  ]
}
