import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { BenchReport } from './report/bench-report.ts'
import { replaceGeneratedPart } from './report/generated-part.ts'
import { renderMarkdown } from './report/markdown.ts'

const RESULTS = fileURLToPath(new URL('../results/latest.json', import.meta.url))
const DOCUMENT = fileURLToPath(new URL('../../../docs/performance.md', import.meta.url))

/** Writes the results file and the generated part of the document; returns their paths. */
export const writeReport = (report: BenchReport): readonly string[] => {
  const document = replaceGeneratedPart(readFileSync(DOCUMENT, 'utf8'), renderMarkdown(report))
  mkdirSync(dirname(RESULTS), { recursive: true })
  writeFileSync(RESULTS, `${JSON.stringify(report, null, 2)}\n`)
  writeFileSync(DOCUMENT, document)
  return [RESULTS, DOCUMENT]
}
