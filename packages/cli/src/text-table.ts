import { stripVTControlCharacters } from 'node:util'

import Table from 'cli-table3'

import { displayWidth } from './display-width.ts'

/** A column of a table for people. */
export interface Column {
  readonly header: string
  readonly align?: 'left' | 'right'
  /**
   * What happens when there is not enough room. `keep`, unless said otherwise: the column stays whole. `cut`: it ends in an
   * ellipsis. `wrap`: it goes on in the next line.
   */
  readonly narrow?: 'keep' | 'cut' | 'wrap'
}

/** A table to be printed. Its cells are printable, and may be painted. */
export interface TextTable {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly string[])[]
  /** Characters in a line; null for as many as there are. */
  readonly width: number | null
  /** Spaces in front of each line. */
  readonly indent?: number
}

const gap = 2
const narrowest = 6

/** Lays a table out without lines: the columns stand under their headers. Ends in a line break. */
export function renderTable({ columns, rows, width, indent = 0 }: TextTable): string {
  const room = width === null ? null : width - indent
  const widths = fit(columns, naturalWidths(columns, rows), room)
  const table = new Table({
    head: columns.map(({ header }) => header),
    colWidths: widths.map((columnWidth) => columnWidth + gap),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: noLines,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': gap, compact: true },
  })
  for (const row of rows) {
    table.push(
      row.map((content, index) => ({ content, wordWrap: columns[index]?.narrow === 'wrap' })),
    )
  }
  const margin = ' '.repeat(indent)
  const lines = table.toString().split('\n')
  return lines.map((line) => `${margin}${line.trimEnd()}\n`).join('')
}

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
}

function naturalWidths(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly number[] {
  return columns.map(({ header }, index) =>
    Math.max(
      displayWidth(header),
      ...rows.map((row) => displayWidth(stripVTControlCharacters(row[index] ?? ''))),
    ),
  )
}

/** Takes from the widest column that may give, one character at a time, until all fit or none may give any more. */
function fit(
  columns: readonly Column[],
  natural: readonly number[],
  room: number | null,
): readonly number[] {
  if (room === null) return natural
  const widths = [...natural]
  const total = (): number => widths.reduce((sum, width) => sum + width + gap, -gap)
  while (total() > room) {
    const widest = widestGiving(columns, widths)
    if (widest === -1) return widths
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}

function widestGiving(columns: readonly Column[], widths: readonly number[]): number {
  let found = -1
  for (const [index, { header, narrow = 'keep' }] of columns.entries()) {
    const width = widths[index] ?? 0
    const gives = narrow !== 'keep' && width > Math.max(narrowest, displayWidth(header))
    if (gives && width > (widths[found] ?? 0)) found = index
  }
  return found
}
