/** `pnpm bench`: measures Backstep beside its peers. */
import { performance } from 'node:perf_hooks'

import { helpText, readArguments } from './arguments.ts'
import { runBench } from './bench.ts'
import { readCatalog } from './catalog/read-catalog.ts'
import { renderTerminal } from './report/terminal.ts'
import { writeReport } from './write-report.ts'
import { runMain, say } from './run-main.ts'

const main = async (signal: AbortSignal): Promise<number> => {
  const catalog = readCatalog()
  const names = catalog.map(({ id }) => id)
  const chosen = readArguments(process.argv.slice(2), names)
  if (chosen.help) {
    say(helpText(names))
    return 0
  }
  const startedAt = performance.now()
  const systems = catalog.filter(({ id }) => chosen.systems.includes(id))
  const report = await runBench(chosen, systems, { signal, say })
  say(renderTerminal(report))
  if (chosen.write) for (const path of writeReport(report)) say(`Written: ${path}`)
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  const { skippedRuns } = report.plan
  say(`\n${report.runs.length} runs in ${seconds} s; ${report.failures.length} failed.`)
  if (skippedRuns > 0) say(`${skippedRuns} runs were left out for lack of time.`)
  say('Temporal is not among the peers: its server cannot be had from npm.')
  return report.failures.length === 0 ? 0 : 1
}

await runMain('pnpm bench', main)
