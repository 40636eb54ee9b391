import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { onTestFinished } from 'vitest'

import { repositoryRoot } from './repository.ts'

/** The engine as it was before a migration landed, in a folder of its own. */
export type EarlierPackage = {
  /** Its entry point. */
  readonly entry: string
  /** The migrations that it came with. */
  readonly migrations: URL
}

const git = (...args: readonly string[]): Buffer =>
  execFileSync('git', ['-c', 'safe.directory=*', ...args], {
    cwd: repositoryRoot,
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 256 * 2 ** 20,
  })

/**
 * The commits just before each migration landed, by the migration's file name. Those that came with the first commit, and
 * all where there is no history, have none.
 */
export const commitsBeforeMigrations = (): ReadonlyMap<string, string> => {
  const names = readdirSync(join(repositoryRoot, 'migrations')).filter((name) =>
    name.endsWith('.sql'),
  )
  return new Map(
    names.flatMap((name): [string, string][] => {
      const commit = commitBefore(`migrations/${name}`)
      return commit === undefined ? [] : [[name, commit]]
    }),
  )
}

const commitBefore = (path: string): string | undefined => {
  try {
    const landed = git('log', '--diff-filter=A', '--format=%H', '--', path).toString().trim()
    const added = landed.split('\n').at(-1)
    if (added === undefined || added === '') return undefined
    return git('rev-parse', '--verify', `${added}^`).toString().trim()
  } catch {
    return undefined
  }
}

/** Unpacks the engine of a commit, on the packages that are installed today. Gone when the test is over. */
export const unpackEarlier = (commit: string): EarlierPackage => {
  const folder = mkdtempSync(join(tmpdir(), 'backstep-earlier-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const files = git('archive', '--format=tar', commit, 'migrations', 'packages/engine')
  execFileSync('tar', ['-x', '-C', folder], { input: files })
  const engine = join(folder, 'packages', 'engine')
  symlinkSync(join(repositoryRoot, 'packages/engine/node_modules'), join(engine, 'node_modules'))
  return {
    entry: pathToFileURL(join(engine, 'src/index.ts')).href,
    migrations: pathToFileURL(`${join(folder, 'migrations')}/`),
  }
}
