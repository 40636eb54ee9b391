import { scenarioTitle, type Scenario } from '../workload/scenario.ts'
import type { BenchReport } from './bench-report.ts'
import { ratioRows } from './ratio-rows.ts'
import { scenarioRows, type TextRows, type Titles } from './scenario-rows.ts'

const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`

/** A table in Markdown: the first column to the left, figures to the right. */
export const markdownTable = ({ head, rows }: TextRows): string => {
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'))
  return [head, rule, ...rows].map(row).join('\n')
}

/** What is written between the markers of the document. */
export const renderMarkdown = (report: BenchReport): string => {
  const titles: Titles = new Map(report.systems.map(({ id, title }) => [id, title]))
  const scenarios = [...new Set(report.summaries.map(({ scenario }) => scenario))]
  return [
    provenance(report),
    ...scenarios.map((scenario) => scenarioSection(scenario, report, titles)),
    disturbedNote(report),
    failuresSection(report),
    settingsSection(report),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

const provenance = ({ date, commit, machine, plan }: BenchReport): string => {
  const { cores, processor, memoryGb, kernel, node, postgres, redis } = machine
  const postgresSettings = Object.entries(machine.postgresSettings)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
  return [
    `Measured on ${date.slice(0, 10)} at commit ${commit}: ${plan.rounds} interleaved rounds of ${plan.seconds} s after ${plan.warmUpSagas} warm-up sagas.`,
    `Machine: ${cores} cores (${processor}), ${memoryGb} GB, ${kernel}, shared by client, worker and stores.`,
    `Node ${node}; Postgres ${postgres ?? 'not used'} (${postgresSettings}); Redis ${redis ?? 'not used'} without persistence.`,
  ].join('\n')
}

const scenarioSection = (scenario: Scenario, report: BenchReport, titles: Titles): string => {
  const ratios = ratioRows(scenario, report.ratios, titles)
  return [
    `### ${scenarioTitle(scenario)}`,
    markdownTable(scenarioRows(scenario, report.summaries, titles)),
    ...(ratios.rows.length === 0 ? [] : [markdownTable(ratios)]),
  ].join('\n\n')
}

const disturbedNote = ({ summaries, plan }: BenchReport): string =>
  [
    ...(summaries.some(({ disturbedRounds }) => disturbedRounds > 0)
      ? [
          '\\* Other programs took more than 15 % of a core in at least one round: read these figures with care.',
        ]
      : []),
    ...(plan.skippedRuns > 0 ? [`${plan.skippedRuns} runs were left out for lack of time.`] : []),
  ].join('\n\n')

const failuresSection = ({ failures }: BenchReport): string => {
  if (failures.length === 0) return ''
  const lines = failures.map(({ system, scenario, round, reason }) => {
    const [firstLine = ''] = reason.split('\n')
    return `- ${system}, ${scenario}, round ${round}: ${firstLine}`
  })
  return ['Runs that failed:', lines.join('\n')].join('\n\n')
}

const settingsSection = ({ systems }: BenchReport): string => {
  const rows = systems.map((system) => [
    system.title,
    system.package ?? 'this repository',
    String(system.inFlight),
    Object.entries(system.options)
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
    system.settings,
  ])
  const table = markdownTable({
    head: ['system', 'version', 'in flight', 'options', 'how it is set'],
    rows,
  }).replaceAll('---:', '---')
  return ['### Settings', table].join('\n\n')
}
