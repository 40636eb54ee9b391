import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'

import type { BenchStores } from '../harness/bench-stores.ts'

/** Where it was measured. */
export interface Machine {
  readonly cores: number
  readonly processor: string
  readonly memoryGb: number
  readonly kernel: string
  readonly node: string
  readonly postgres: string | null
  readonly postgresSettings: Readonly<Record<string, string>>
  readonly redis: string | null
}

/** Asks the machine and the servers. */
export const describeMachine = ({ postgres, redis }: BenchStores): Machine => ({
  cores: availableParallelism(),
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  memoryGb: Math.round(totalmem() / 2 ** 30),
  kernel: `${process.platform} ${release()}`,
  node: process.version,
  postgres: postgres?.version ?? null,
  postgresSettings: postgres?.settings ?? {},
  redis: redis?.version ?? null,
})

const git = (...args: readonly string[]): string =>
  execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim()

/** The commit that is measured, marked when the engine has been changed since. */
export const describeCommit = (): string => {
  try {
    const engine = new URL('../../../engine', import.meta.url).pathname
    const changed = git('status', '--porcelain', '--', engine) !== ''
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? ', engine changed since' : ''}`
  } catch {
    return 'unknown'
  }
}

/** The version of an installed package, by its folder's manifest. */
export const installedVersion = (manifest: string): string => {
  const parsed: { readonly version: string } = JSON.parse(readFileSync(manifest, 'utf8'))
  return parsed.version
}
