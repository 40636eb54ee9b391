import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { BackstepError } from '../core/backstep-error.ts'

/** One migration of the barrier, as it is shipped. */
export interface BarrierMigration {
  /** Without its ending: `0001_effects`. */
  readonly name: string
  readonly text: string
  readonly sha256: string
}

// The package ships its sources, and the compiler copies no SQL: from the compiled file they are found there.
const folders = [
  new URL('./migrations/', import.meta.url),
  new URL('../../src/barrier/migrations/', import.meta.url),
]

/** The barrier's migrations, in their order. */
export async function readBarrierMigrations(): Promise<readonly BarrierMigration[]> {
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => [])
    const files = names.filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name)).toSorted()
    if (files.length > 0) return Promise.all(files.map((file) => readMigration(folder, file)))
  }
  const places = folders.map(({ pathname }) => pathname).join(' or ')
  throw new BackstepError(
    'CONFIGURATION_INVALID',
    `The barrier's migrations are not in ${places}. Install the package again; where a bundler has moved the code, run migrateBarrier from a script that is not bundled.`,
  )
}

async function readMigration(folder: URL, file: string): Promise<BarrierMigration> {
  const text = await readFile(new URL(file, folder), 'utf8')
  const sha256 = createHash('sha256').update(text).digest('hex')
  return { name: file.replace(/\.sql$/, ''), text, sha256 }
}
