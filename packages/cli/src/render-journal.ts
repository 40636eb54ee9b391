import type { SagaDetails } from '@backstep/engine'

import type { Client } from './client.ts'
import { eventText } from './event-text.ts'
import { rowTexts } from './row-texts.ts'
import { renderTable, type Column } from './text-table.ts'
import { timeText } from './time-text.ts'

/** The end of a story is what one needs first. */
const shownRows = 40

/** What happened so far, oldest first. */
export function renderJournal(
  { cli, paint }: Client,
  { journal }: SagaDetails,
  all: boolean,
): string {
  const shown = all ? journal : journal.slice(-shownRows)
  const rows = shown.flatMap(({ seq, at, events }) => {
    const told = all ? events.map((event) => eventText(event)) : rowTexts(events)
    return told.map((text, index) => [
      index === 0 ? String(seq) : '',
      index === 0 ? timeText(at) : '',
      text,
    ])
  })
  const table = paint.faintHead(renderTable({ columns, rows, width: cli.columns }))
  const left = journal.length - shown.length
  return left === 0 ? table : `${table}${paint.faint(`${left} earlier rows: add --all`)}\n`
}

const columns: readonly Column[] = [
  { header: '#', align: 'right' },
  { header: 'WHEN' },
  { header: 'WHAT HAPPENED', narrow: 'wrap' },
]
