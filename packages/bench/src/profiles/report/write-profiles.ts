import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

import { putProfilesPart } from './document-part.ts'
import { renderProfiles } from './profile-markdown.ts'
import type { ProfileReport } from './profile-report.ts'

const RESULTS = fileURLToPath(new URL('../../../results/profiles.json', import.meta.url))
const DOCUMENT = fileURLToPath(new URL('../../../../../docs/performance.md', import.meta.url))

/** Writes the results file and the profiles' part of the document; returns their paths. */
export const writeProfiles = (report: ProfileReport): readonly string[] => {
  const document = putProfilesPart(readFileSync(DOCUMENT, 'utf8'), renderProfiles(report))
  mkdirSync(dirname(RESULTS), { recursive: true })
  writeFileSync(RESULTS, `${JSON.stringify(report, null, 2)}\n`)
  writeFileSync(DOCUMENT, document)
  return [RESULTS, DOCUMENT]
}
