import type { SagaDetails } from '@backstep/engine'

import type { Client } from './client.ts'
import type { Paint } from './paint.ts'
import { printable } from './printable.ts'
import { stepLines } from './step-lines.ts'
import { renderTable, type Column } from './text-table.ts'
import { shortAge } from './time-text.ts'

/** The steps of a saga, both directions side by side. */
export function renderSteps({ cli, paint }: Client, details: SagaDetails): string {
  const now = cli.now()
  const rows = stepLines(details).map((line) => [
    `${'  '.repeat(line.depth)}${printable(line.label)}`,
    painted(line.action, paint),
    triesText(line.attempts),
    painted(line.undo, paint),
    triesText(line.undoAttempts),
    line.lastAt === null ? '' : `${shortAge(now - line.lastAt)} ago`,
    line.error,
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

const bad = new Set(['rejected', 'unknown', 'blocked', 'halted', 'failed', 'abandoned'])
const faint = new Set(['pending', 'skipped'])

function painted(word: string, paint: Paint): string {
  if (bad.has(word)) return paint.bad(word)
  return faint.has(word) ? paint.faint(word) : word
}

function triesText(attempts: number): string {
  return attempts === 0 ? '' : String(attempts)
}
