import type { SagaDetails, SagaEvent } from '@backstep/engine'

import type { Client } from './client.ts'
import { eventText, stepNames } from './event-text.ts'
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
    const told = all ? events.map((event) => eventText(event)) : textsOf(events)
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

/** A row of many branches: what simply came to its end is told together. */
function textsOf(events: readonly SagaEvent[]): readonly string[] {
  const ended = events.filter(isPlain)
  if (ended.length <= shownEnds) return events.map((event) => eventText(event))
  const rest = events.filter((event) => !isPlain(event))
  const done = ended.filter(({ type }) => type === 'action_succeeded')
  const undone = ended.filter(({ type }) => type === 'compensation_succeeded')
  return [
    ...(done.length === 0 ? [] : [`${stepNames(done, shownEnds)}: done`]),
    ...(undone.length === 0 ? [] : [`${stepNames(undone, shownEnds)}: undone`]),
    ...rest.map((event) => eventText(event)),
  ]
}

const shownEnds = 4

type PlainEnd = Extract<SagaEvent, { readonly type: 'action_succeeded' | 'compensation_succeeded' }>

function isPlain(event: SagaEvent): event is PlainEnd {
  return event.type === 'action_succeeded' || event.type === 'compensation_succeeded'
}
