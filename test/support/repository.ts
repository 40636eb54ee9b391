import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of the repository. */
export const repositoryRoot: string = join(import.meta.dirname, '..', '..')

// What tools make. Everything else is ours, whether it is committed yet or not.
const MADE = new Set(['node_modules', 'dist', '.cache', '.git', 'coverage'])

/** The paths of all files that people wrote, from the root of the repository, with slashes. */
export const repositoryFiles = (): readonly string[] => filesBelow('')

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(join(repositoryRoot, folder), { withFileTypes: true })
    .filter((entry) => !MADE.has(entry.name))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) return filesBelow(path)
      return entry.isFile() && !path.endsWith('.tsbuildinfo') ? [path] : []
    })

/** The text of a file, named by its path from the root of the repository. */
export const readRepositoryFile = (path: string): string =>
  readFileSync(join(repositoryRoot, path), 'utf8')
