import type { Scenario } from '../workload/scenario.ts'
import { figure, percentText, spreadText } from './figures.ts'
import type { SystemSummary } from './summary.ts'

/** A table: its header and its rows, as text. */
export interface TextRows {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** What the systems are called. */
export type Titles = ReadonlyMap<string, string>

const speedHead = (scenario: Scenario): readonly string[] =>
  scenario === 'w2'
    ? ['p50 ms', 'p95 ms', 'p99 ms', 'sagas/s']
    : ['sagas/s', 'p50 ms', 'p95 ms', 'p99 ms']

const speedCells = (scenario: Scenario, summary: SystemSummary): readonly string[] => {
  const { rate, p50Ms, p95Ms, p99Ms } = summary
  const tail = [figure(p95Ms.median), figure(p99Ms.median)]
  return scenario === 'w2'
    ? [p50Text(summary), ...tail, figure(rate.median)]
    : [spreadText(rate), figure(p50Ms.median), ...tail]
}

const p50Text = ({ p50Ms, engineP50Ms }: SystemSummary): string =>
  engineP50Ms === null
    ? spreadText(p50Ms)
    : `${spreadText(p50Ms)}; engine's own ${spreadText(engineP50Ms)}`

/** One scenario as a table, a row for each system. */
export const scenarioRows = (
  scenario: Scenario,
  summaries: readonly SystemSummary[],
  titles: Titles,
): TextRows => ({
  head: [
    'system',
    ...speedHead(scenario),
    'CPU ms node / store',
    'peak RSS MB',
    'commits',
    'WAL bytes',
    'rows ins / upd / del',
    'HOT',
    'Redis commands',
  ],
  rows: summaries
    .filter((summary) => summary.scenario === scenario)
    .map((summary) =>
      [nameCell(summary, titles)].concat(speedCells(scenario, summary), costCells(summary)),
    ),
})

const nameCell = ({ system, disturbedRounds }: SystemSummary, titles: Titles): string =>
  `${titles.get(system) ?? system}${disturbedRounds > 0 ? ' *' : ''}`

const costCells = (summary: SystemSummary): readonly string[] => {
  const { postgres, redisCommands } = summary
  return [
    `${figure(summary.nodeCpuMs)} / ${figure(summary.storeCpuMs)}`,
    figure(summary.peakRssMb),
    ...(postgres === null
      ? ['–', '–', '–', '–']
      : [
          figure(postgres.commits),
          figure(postgres.walBytes),
          [postgres.inserted, postgres.updated, postgres.deleted].map(figure).join(' / '),
          percentText(postgres.hotShare),
        ]),
    redisCommands === null ? '–' : figure(redisCommands),
  ]
}
