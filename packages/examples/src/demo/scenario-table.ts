import type { SagaRow } from '@backstep/engine'

import { keyOf, type SagaRequest } from './saga-request.ts'

/** How the sagas of each scenario ended, as a table for people. */
export function scenarioTable(
  requests: readonly SagaRequest[],
  sagas: readonly SagaRow[],
  mended: ReadonlySet<string>,
): string {
  const byKey = new Map(sagas.map((saga) => [saga.key, saga]))
  const rowOf = (name: string, those: readonly SagaRequest[]): readonly string[] => {
    const found = those.flatMap((request) => byKey.get(keyOf(request)) ?? [])
    const count = (matches: (saga: SagaRow) => boolean): string =>
      String(found.filter(matches).length || '·')
    return [
      name,
      String(those.length),
      count(({ status }) => status === 'completed'),
      count(({ status }) => status === 'compensated'),
      count(({ status, sagaId }) => status === 'stuck' || mended.has(sagaId)),
    ]
  }
  const byScenario = Map.groupBy(requests, ({ scenario }) => scenario)
  return format([
    ['what happens', 'sagas', 'completed', 'compensated', 'were stuck'],
    ...[...byScenario].map(([scenario, those]) => rowOf(scenario, those)),
    rowOf('all', requests),
  ])
}

function format(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const lines = rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return column === 0 ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('   '),
  )
  const rule = '─'.repeat(lines[0]?.length ?? 0)
  return [lines[0], rule, ...lines.slice(1, -1), rule, lines.at(-1)]
    .map((line) => `  ${line}`)
    .join('\n')
}
