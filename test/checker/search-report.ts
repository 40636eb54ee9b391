import type { SearchResult } from './search.ts'

/** A search and what it was of. */
export interface NamedResult {
  readonly name: string
  readonly result: SearchResult
}

const columns = ['states', 'transitions', 'depth', 'ends', 'seconds', 'states/s'] as const

/** The searches as a table, with their total; times of searches side by side do not add up, so the total has its own. */
export function tableOf(results: readonly NamedResult[], totalMs: number): string {
  const sum = (of: (result: SearchResult) => number): number =>
    results.reduce((total, { result }) => total + of(result), 0)
  const total = {
    states: sum(({ states }) => states),
    transitions: sum(({ transitions }) => transitions),
    depth: Math.max(0, ...results.map(({ result }) => result.depth)),
    ends: sum(({ ends }) => ends),
    ms: totalMs,
  }
  const rows = results.map(({ name, result }) => [name, ...cells(result), outcomeOf(result)])
  return aligned([['shape', ...columns, ''], ...rows, ['total', ...cells(total), '']])
}

function cells(
  result: Pick<SearchResult, 'states' | 'transitions' | 'depth' | 'ends' | 'ms'>,
): readonly string[] {
  const { states, transitions, depth, ends, ms } = result
  const perSecond = Math.round(states / Math.max(ms / 1_000, 0.001))
  const counts = [states, transitions, depth, ends].map((count) => count.toLocaleString('en'))
  return [...counts, (ms / 1_000).toFixed(1), perSecond.toLocaleString('en')]
}

function outcomeOf({ violation, complete }: SearchResult): string {
  if (violation !== null) return `VIOLATION: ${violation.invariant}`
  return complete ? 'clean' : 'clean so far, and not searched to its end'
}

/** A violation, in lines to be read. */
export function violationOf({ name, result }: NamedResult): string {
  if (result.violation === null) return ''
  const { invariant, trace } = result.violation
  const lines = trace.map((line, place) => `${String(place + 1).padStart(4)}. ${line}`)
  return [`"${name}": ${invariant}`, ...lines, ''].join('\n')
}

/** Rows of cells in columns; those of numbers to the right. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const forms = (rows[0] ?? []).map((_, column) => {
    const texts = rows.map((row) => row[column] ?? '')
    const numbers = /^[\d.,]+$/.test(texts.at(-1) ?? '')
    return { width: Math.max(...texts.map(({ length }) => length)), numbers }
  })
  const line = (row: readonly string[]): string =>
    forms
      .map(({ width, numbers }, column) => {
        const cell = row[column] ?? ''
        return numbers ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return rows.map(line).join('\n')
}
