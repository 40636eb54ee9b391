import type { SagaDetails } from '@backstep/engine'

import type { Client } from './client.ts'
import type { Paint } from './paint.ts'
import { printable } from './printable.ts'
import { failureText } from './saga-text.ts'
import { reportSteps, type StepReport } from './step-report.ts'
import { renderTable, type Column } from './text-table.ts'
import { shortAge } from './time-text.ts'

/** The steps of a saga, both directions side by side. */
export function renderSteps({ cli, paint }: Client, details: SagaDetails): string {
  const now = cli.now()
  const rows = reportSteps(details).map((step) => [
    printable(step.role === 'pivot' ? `${step.step} (pivot)` : step.step),
    actionText(step, paint),
    triesText(step.action.attempts),
    compensationText(step, paint),
    triesText(step.compensation.attempts),
    step.lastAt === null ? '' : `${shortAge(now - step.lastAt)} ago`,
    lastErrorText(step),
  ])
  return paint.faintHead(renderTable({ columns, rows, width: cli.columns }))
}

const columns: readonly Column[] = [
  { header: 'STEP', narrow: 'cut' },
  { header: 'ACTION' },
  { header: 'TRIES', align: 'right' },
  { header: 'UNDO' },
  { header: 'TRIES', align: 'right' },
  { header: 'LAST' },
  { header: 'LAST ERROR', narrow: 'wrap' },
]

function actionText({ action }: StepReport, paint: Paint): string {
  switch (action.status) {
    case 'pending':
    case 'skipped':
      return paint.faint(action.status)
    case 'scheduled':
    case 'succeeded':
      return action.status
    case 'rejected':
    case 'unknown':
      return paint.bad(action.status)
  }
}

function compensationText({ compensation }: StepReport, paint: Paint): string {
  switch (compensation.status) {
    case 'none':
      return ''
    case 'needed':
    case 'compensated':
      return compensation.round === 1
        ? compensation.status
        : `${compensation.status}, round ${compensation.round}`
    case 'blocked':
      return paint.bad('blocked')
  }
}

function triesText(attempts: number): string {
  return attempts === 0 ? '' : String(attempts)
}

function lastErrorText({ action, compensation }: StepReport): string {
  const error = compensation.lastError ?? action.lastError
  return error === null ? '' : failureText(error)
}
