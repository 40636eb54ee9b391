import Table from 'cli-table3'

import type { FailedRun } from '../harness/run-all.ts'
import { isDisturbed, type RunResult } from '../harness/run-result.ts'
import { scenarioTitle } from '../workload/scenario.ts'
import type { BenchReport } from './bench-report.ts'
import { figure } from './figures.ts'
import { ratioRows } from './ratio-rows.ts'
import { scenarioRows, type TextRows, type Titles } from './scenario-rows.ts'

const table = ({ head, rows }: TextRows): string => {
  const drawn = new Table({
    head: [...head],
    colAligns: head.map((_, index) => (index === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  })
  for (const cells of rows) drawn.push([...cells])
  return drawn.toString()
}

/** The report for a terminal. */
export const renderTerminal = (report: BenchReport): string => {
  const titles: Titles = new Map(report.systems.map(({ id, title }) => [id, title]))
  const scenarios = [...new Set(report.summaries.map(({ scenario }) => scenario))]
  const parts = scenarios.map((scenario) => {
    // By id: nine titles side by side are wider than a screen.
    const ratios = ratioRows(scenario, report.ratios, new Map())
    const figures = table(scenarioRows(scenario, report.summaries, titles))
    const comparison = ratios.rows.length === 0 ? '' : `\n${table(ratios)}`
    return `\n${scenarioTitle(scenario)}\n${figures}${comparison}`
  })
  return parts.join('\n')
}

/** One line for a run that has just ended. */
export const runLine = (outcome: RunResult | FailedRun): string => {
  const name = `${outcome.scenario} ${outcome.round} ${outcome.system.padEnd(20)}`
  if ('reason' in outcome) return `${name} FAILED: ${outcome.reason}`
  const speed = `${figure(outcome.rate).padStart(8)} sagas/s  p50 ${figure(outcome.latencyMs.p50)} ms`
  const others = `others ${figure(outcome.strangerCores)} cores`
  const marks = [isDisturbed(outcome) ? 'disturbed' : '', outcome.repeated ? 'repeated' : '']
  return [name, speed, others, ...marks.filter((mark) => mark !== '')].join('  ')
}
