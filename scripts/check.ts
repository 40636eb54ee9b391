/**
 * Runs every check of this repository and says what came of it: `pnpm check`.
 *
 * `--without-tests` leaves out the test run, for a caller that runs `pnpm test` itself. The
 * results are also written to the file that BACKSTEP_CHECK_REPORT names.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

// Cheap ones first, but all of them run: one round shows everything there is to mend.
const STEPS = [
  { name: 'format', script: 'format:check' },
  { name: 'lint', script: 'lint' },
  { name: 'types', script: 'typecheck' },
  { name: 'imports', script: 'imports' },
  { name: 'unused code', script: 'knip' },
  { name: 'coverage of the core', script: 'coverage' },
  { name: 'packages', script: 'packages' },
  { name: 'model and simulation', script: 'test:deep' },
  { name: 'tests', script: 'test' },
] as const

type Step = (typeof STEPS)[number]
type Result = { readonly name: string; readonly passed: boolean; readonly seconds: number }

const runStep = ({ name, script }: Step): Result => {
  console.log(`\n── ${name}: pnpm ${script}`)
  const startedAt = performance.now()
  const { status } = spawnSync('pnpm', ['run', script], { stdio: 'inherit' })
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10
  return { name, passed: status === 0, seconds }
}

const tableOf = (results: readonly Result[]): string =>
  results
    .map(({ name, passed, seconds }) => {
      const time = `${seconds.toFixed(1)} s`.padStart(9)
      return `  ${passed ? 'passed' : 'FAILED'}  ${name.padEnd(24)}${time}`
    })
    .join('\n')

const withoutTests = process.argv.includes('--without-tests')
const results = STEPS.filter(({ name }) => name !== 'tests' || !withoutTests).map(runStep)

const report = process.env['BACKSTEP_CHECK_REPORT']
if (report) {
  mkdirSync(dirname(report), { recursive: true })
  writeFileSync(report, `${JSON.stringify(results, null, 2)}\n`)
}
console.log(`\n${tableOf(results)}\n`)
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1
