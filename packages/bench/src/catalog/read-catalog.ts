import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { parseSystems, type System } from './system.ts'

// In the order of runs and reports. What matters most comes first, because a quick bench may not
// get to the end.
const FILES = [
  '../systems/backstep.json',
  '../../peers/bullmq-chain.json',
  '../../peers/restate.json',
  '../../peers/dbos.json',
  '../../peers/openworkflow.json',
  '../../peers/pg-boss.json',
  '../../peers/graphile-worker.json',
]

/** Every system that the bench knows, with its settings. */
export const readCatalog = (): readonly System[] =>
  FILES.flatMap((name) => {
    const path = fileURLToPath(new URL(name, import.meta.url))
    return parseSystems(path, JSON.parse(readFileSync(path, 'utf8')))
  })
