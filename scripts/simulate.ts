/**
 * Runs seeds of the deterministic simulation in test/simulation: `pnpm simulate --seeds 10000`, or one of them, with its
 * trace: `pnpm simulate --seed 42`.
 */
import { parseArgs } from 'node:util'

import { mutants } from '../test/simulation/mutants/mutants.ts'
import { withoutRealTime } from '../test/simulation/real-time.ts'
import { runSeed } from '../test/simulation/run-seed.ts'
import { runSeeds } from '../test/simulation/seed-pool.ts'
import { foundationsOf } from '../test/simulation/seed-worker.ts'
import {
  count,
  emptyTally,
  missingFaults,
  printFailed,
  printTally,
} from '../test/simulation/tally.ts'

const help = `Usage: pnpm simulate [--seeds N] [--from S] [--mutant NAME]
       pnpm simulate --seed S [--mutant NAME]

  --seeds N      run N seeds on all processors (1000)
  --from S       the first of them (1)
  --seed S       run this one, and print everything that happens in it
  --mutant NAME  on a world with something broken in it; it is meant to fail
  --help         print this

Mutants: ${mutants.map(({ name }) => name).join(', ')}
`

interface Options {
  readonly seed: number | null
  readonly seeds: number
  readonly from: number
  readonly mutant: string | null
}

/** Failures beyond that are counted only. */
const toldFailures = 20

const readOptions = (args: readonly string[]): Options | null => {
  const { values } = parseArgs({
    // pnpm hands its own separator on.
    args: args.filter((arg) => arg !== '--'),
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      mutant: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return null
  const { seed, seeds, from, mutant = null } = values
  return {
    seed: seed === undefined ? null : wholeNumber('--seed', seed),
    seeds: wholeNumber('--seeds', seeds),
    from: wholeNumber('--from', from),
    mutant,
  }
}

const wholeNumber = (name: string, text: string): number => {
  const number = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number
  throw new TypeError(`${name} is ${JSON.stringify(text)}; pass a whole number.`)
}

const replay = async (seed: number, mutant: string | null): Promise<boolean> => {
  const foundations = foundationsOf(mutant)
  const report = await withoutRealTime(() => runSeed(seed, { foundations, keepsTrace: true }))
  const tally = emptyTally()
  count(tally, report)
  console.log(report.lines.join('\n'))
  console.log(`\n${printTally(tally)}\n\nTrace hash ${report.traceHash}`)
  for (const violation of report.violations) console.log(`Violation: ${violation}`)
  return report.violations.length === 0
}

const runMany = async ({ seeds, from, mutant }: Options): Promise<boolean> => {
  const startedMs = performance.now()
  let toldMs = startedMs
  const tally = await runSeeds({
    from,
    count: seeds,
    mutant,
    onProgress: (soFar) => {
      if (performance.now() - toldMs < 10_000) return
      toldMs = performance.now()
      const failed = soFar.failed.map(({ seed }) => seed)
      console.log(`${soFar.seeds} seeds, failed: ${failed.join(', ') || 'none'}`)
    },
  })
  const seconds = (performance.now() - startedMs) / 1_000
  console.log(printTally(tally))
  const { user, system } = process.cpuUsage()
  const cpuSeconds = (user + system) / 1_000_000
  console.log(
    `\n${(tally.seeds / seconds).toFixed(0)} seeds/s, ${seconds.toFixed(1)} s in all, ${cpuSeconds.toFixed(1)} s of processor time`,
  )
  const extra = mutant === null ? '' : ` --mutant ${mutant}`
  for (const failed of tally.failed.slice(0, toldFailures)) console.log(printFailed(failed, extra))
  const missing = missingFaults(tally)
  if (missing.length > 0) {
    console.log(`The run proves nothing: these never occurred: ${missing.join(', ')}`)
  }
  console.log(`${tally.failed.length} of ${tally.seeds} seeds failed`)
  return tally.failed.length === 0 && missing.length === 0
}

const main = async (): Promise<number> => {
  try {
    const options = readOptions(process.argv.slice(2))
    if (options === null) {
      console.log(help)
      return 0
    }
    const { seed, mutant } = options
    const isWell = seed === null ? await runMany(options) : await replay(seed, mutant)
    return isWell ? 0 : 1
  } catch (error) {
    if (!(error instanceof TypeError) && !(error instanceof RangeError)) throw error
    console.error(`${error.message}\n\n${help}`)
    return 2
  }
}

process.exitCode = await main()
