import { expect, it } from 'vitest'

import { displayWidth } from '../../../packages/cli/src/display-width.ts'
import { foldText } from '../../../packages/cli/src/fold-text.ts'
import { renderTable, type Column } from '../../../packages/cli/src/text-table.ts'
import { longAge, shortAge, timeText } from '../../../packages/cli/src/time-text.ts'

const columns: readonly Column[] = [
  { header: 'ID' },
  { header: 'KEY', narrow: 'cut' },
  { header: 'N', align: 'right' },
  { header: 'ERROR', narrow: 'wrap' },
]
const rows = [['0123456789', 'a-rather-long-key', '12', 'the bank said no']]

it('gives every column what it needs where there is room', () => {
  expect(renderTable({ columns, rows, width: null })).toBe(`\
ID          KEY                 N  ERROR
0123456789  a-rather-long-key  12  the bank said no
`)
})

it('cuts and wraps what may give, and keeps the rest whole', () => {
  expect(renderTable({ columns, rows, width: 40, indent: 2 })).toBe(`\
  ID          KEY          N  ERROR
  0123456789  a-rather-…  12  the bank
                              said no
`)
})

it.each([10, 20, 30, 40, 60, 80, 140])('keeps what must be whole at a width of %i', (width) => {
  const table = renderTable({ columns, rows, width })
  expect(table).toContain('0123456789')
  // Three columns that cannot give any more need this much.
  const widest = Math.max(width, 10 + 2 + 6 + 2 + 2 + 2 + 6)
  for (const line of table.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(widest)
})

it('counts what a terminal shows: wide characters twice, accents not at all', () => {
  expect(['key', '注文', 'e\u0301', '📦'].map(displayWidth)).toEqual([3, 4, 1, 2])
})

it('folds at spaces and leaves long words whole', () => {
  expect(foldText('retry it with 0123456789abcdef now', 10)).toEqual([
    'retry it',
    'with',
    '0123456789abcdef',
    'now',
  ])
  expect(foldText('any length', null)).toEqual(['any length'])
})

it('says times as people read them', () => {
  expect([-5, 0, 999, 59_999, 60_000, 7_200_000, 172_800_000].map(shortAge)).toEqual([
    '0s',
    '0s',
    '0s',
    '59s',
    '1m',
    '2h',
    '2d',
  ])
  expect([0, 1_999, 61_500, 3_661_000].map(longAge)).toEqual(['0s', '1s', '1m1s', '1h1m'])
  expect(timeText(1_767_323_045_678)).toBe('2026-01-02 03:04:05Z')
})
