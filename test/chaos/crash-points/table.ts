import type { Outcome, Rehearsal } from './arena.ts'

/** What there is to be told of a run. */
export interface Told {
  readonly methods: readonly string[]
  readonly rehearsals: readonly Rehearsal[]
  readonly outcomes: readonly Outcome[]
  readonly ms: number
}

/** A line for each method of a port: how often each shape calls it, and what was struck at it. */
export function tableOf({ methods, rehearsals, outcomes, ms }: Told): string {
  const shapes = rehearsals.map(({ shape }) => shape.name)
  const head = ['port', ...shapes.map((name) => `calls, ${name}`), ...struckHead]
  const rows = methods.map((method) => [
    method,
    ...rehearsals.map(({ calls }) => String(calls.get(`${method}:before`) ?? '-')),
    ...struckCells(outcomes.filter(({ strike }) => strike.point.startsWith(`${method}:`))),
  ])
  const total = ['in all', ...shapes.map(() => ''), ...struckCells(outcomes)]
  const lines = aligned([head, ...rows, total])
  const points = methods.length * 2
  const seconds = (ms / 1_000).toFixed(0)
  return `${lines.join('\n')}\n${points} points, ${outcomes.length} strikes in ${seconds} s\n`
}

const struckHead = ['kills', 'freezes', 'takeovers', 'failed', 'slowest']

function struckCells(outcomes: readonly Outcome[]): readonly string[] {
  const by = (signal: string): number =>
    outcomes.filter(({ strike, struck }) => struck && strike.signal === signal).length
  const takeovers = outcomes.reduce((sum, outcome) => sum + outcome.takeovers, 0)
  const failed = outcomes.filter(({ problems }) => problems.length > 0).length
  const slowestMs = Math.max(0, ...outcomes.map(({ ms }) => ms))
  return [
    ...[by('SIGKILL'), by('SIGSTOP'), takeovers, failed].map(String),
    `${(slowestMs / 1_000).toFixed(1)} s`,
  ]
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_cell, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  )
}
