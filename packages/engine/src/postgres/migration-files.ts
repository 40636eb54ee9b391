import { createHash } from 'node:crypto'
import { access, readdir, readFile } from 'node:fs/promises'
import { BackstepError } from '../core/backstep-error.ts'

/** One migration as it is shipped. */
export interface MigrationFile {
  /** Without its ending: `0001_sagas`. */
  readonly name: string
  readonly text: string
  readonly sha256: string
}

// In a package the build has put them beside the code; in the repository they are at its root.
const folders = [
  new URL('../migrations/', import.meta.url),
  new URL('../../../../migrations/', import.meta.url),
]

/** The migrations that come with this package, in their order. */
export async function readMigrationFiles(folder?: URL): Promise<readonly MigrationFile[]> {
  const found = folder ?? (await firstExisting(folders))
  const names = (await readdir(found)).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name))
  return Promise.all(names.toSorted().map((name) => readMigrationFile(found, name)))
}

async function readMigrationFile(folder: URL, fileName: string): Promise<MigrationFile> {
  const text = await readFile(new URL(fileName, folder), 'utf8')
  const sha256 = createHash('sha256').update(text).digest('hex')
  return { name: fileName.replace(/\.sql$/, ''), text, sha256 }
}

async function firstExisting(candidates: readonly URL[]): Promise<URL> {
  for (const folder of candidates) {
    const found = await access(new URL('CHECKSUMS', folder)).then(
      () => true,
      () => false,
    )
    if (found) return folder
  }
  const places = candidates.map((folder) => folder.pathname).join(' or ')
  throw new BackstepError(
    'CONFIGURATION_INVALID',
    `The migrations are not in ${places}. Install the package again, or build it.`,
  )
}
