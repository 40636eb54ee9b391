import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { repositoryRoot } from '../../support/repository.ts'
import { shippedRules, type Rules } from '../rules.ts'

/** One place in the core's sources, and what a mutant has there. */
export interface Patch {
  readonly file: string
  readonly text: string
  readonly by: string
}

const core = join(repositoryRoot, 'packages/engine/src/core')

/**
 * The rules of a core that differs from the shipped one in one place: its sources are copied aside, patched, and loaded.
 *
 * @throws RangeError when the text is not there exactly once: a patch that changes nothing proves nothing
 */
export async function patchedRules({ file, text, by }: Patch): Promise<Rules> {
  const cache = join(repositoryRoot, '.cache')
  await mkdir(cache, { recursive: true })
  // A folder of its own: another run may be at work beside this one.
  const copy = await mkdtemp(join(cache, 'core-mutant-'))
  try {
    await cp(core, copy, { recursive: true, filter: (path) => !path.endsWith('.test.ts') })
    const path = join(copy, file)
    const source = await readFile(path, 'utf8')
    if (source.split(text).length !== 2) {
      throw new RangeError(`${file} does not have this exactly once: ${text}`)
    }
    await writeFile(
      path,
      source.replace(text, () => by),
    )
    const url = (module: string): string => pathToFileURL(join(copy, module)).href
    const { decide }: Pick<Rules, 'decide'> = await import(url('decide.ts'))
    const { foldRest }: Pick<Rules, 'foldRest'> = await import(url('fold.ts'))
    return { ...shippedRules, decide, foldRest }
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}
