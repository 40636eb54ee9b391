/**
 * Adds up the reports of a test run and of the checks: `summarize-ci.ts TESTS.json CHECKS.json`.
 * Its last line is `N passed, N failed, N skipped`, each check counted as one. It fails when
 * anything failed, when a report is missing, and when no test ran.
 */
import { readFileSync } from 'node:fs'

type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number }

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const readReport = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    console.error(`No report at ${path}: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

const numberAt = (report: Readonly<Record<string, unknown>>, name: string): number =>
  Number(report[name] ?? 0)

const countTests = (report: unknown): Counts => {
  if (!isRecord(report)) return { passed: 0, failed: 1, skipped: 0 }
  const passed = numberAt(report, 'numPassedTests')
  const failed = numberAt(report, 'numFailedTests')
  const skipped = numberAt(report, 'numPendingTests') + numberAt(report, 'numTodoTests')
  // A file that could not be loaded and an error outside a test fail the run without a failed test.
  const onlyTheRunFailed = report['success'] !== true && failed === 0
  return { passed, failed: failed + (onlyTheRunFailed || passed === 0 ? 1 : 0), skipped }
}

const countChecks = (report: unknown): Counts => {
  if (!Array.isArray(report)) return { passed: 0, failed: 1, skipped: 0 }
  const passed = report.filter((check) => isRecord(check) && check['passed'] === true).length
  return { passed, failed: report.length - passed, skipped: 0 }
}

const [testReport = '', checkReport = ''] = process.argv.slice(2)
const tests = countTests(readReport(testReport))
const checks = countChecks(readReport(checkReport))
const failed = tests.failed + checks.failed
console.log(
  `${tests.passed + checks.passed} passed, ${failed} failed, ${tests.skipped + checks.skipped} skipped`,
)
process.exitCode = failed === 0 ? 0 : 1
