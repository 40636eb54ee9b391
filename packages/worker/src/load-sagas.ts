import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { BackstepError, type RegisteredSaga } from '@backstep/engine'
import { z } from 'zod'

/**
 * The saga definitions that modules export under the name `sagas`, in order; what is named twice counts once.
 *
 * @param paths of modules, relative to `folder`
 * @throws BackstepError `CONFIGURATION_INVALID` that names the module, what was found there and what to write instead
 */
export async function loadSagas(
  paths: readonly string[],
  folder: string,
): Promise<readonly RegisteredSaga[]> {
  const byName = new Map<string, RegisteredSaga>()
  for (const path of paths) {
    for (const saga of await sagasOf(path, folder)) {
      const name = `"${saga.name}" version ${saga.version}`
      const known = byName.get(name)
      if (known !== undefined && known.fingerprint !== saga.fingerprint) {
        throw invalid(path, `defines ${name} once more and differently; give it another version`)
      }
      byName.set(name, saga)
    }
  }
  return [...byName.values()]
}

async function sagasOf(path: string, folder: string): Promise<readonly RegisteredSaga[]> {
  const exported = await importModule(path, folder)
  if (!('sagas' in exported)) {
    const names = Object.keys(exported)
    const found = names.length === 0 ? 'nothing' : names.join(', ')
    throw invalid(path, `exports ${found}, but no "sagas"; add: export const sagas = [yourSaga]`)
  }
  const { sagas } = exported
  if (!Array.isArray(sagas)) {
    throw invalid(path, `exports "sagas" as ${kindOf(sagas)}; export an array of definitions`)
  }
  if (sagas.length === 0) throw invalid(path, 'exports an empty array "sagas"; put definitions in')
  return sagas.map((saga: unknown, index) => {
    if (isDefinition(saga)) return saga
    throw invalid(path, `has ${kindOf(saga)} in sagas[${index}]; put in what defineSaga(…) made`)
  })
}

/**
 * Loads a module of the application.
 *
 * @throws BackstepError `CONFIGURATION_INVALID` when it is not there, or throws
 */
export async function importModule(
  path: string,
  folder: string,
): Promise<Readonly<Record<string, unknown>>> {
  const file = resolve(folder, path)
  if (!existsSync(file)) {
    throw invalid(path, `is not there (${file}); pass the path of a module that exports "sagas"`)
  }
  try {
    return await import(pathToFileURL(file).href)
  } catch (error) {
    const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    const line = (said.split('\n', 1)[0] ?? '').replace(/\.$/, '')
    throw invalid(path, `could not be loaded: ${line}`, error)
  }
}

/** Says what is wrong with a module. */
export function invalid(path: string, problem: string, cause?: unknown): BackstepError {
  const options = cause === undefined ? undefined : { cause }
  return new BackstepError('CONFIGURATION_INVALID', `--sagas ${path} ${problem}.`, options)
}

/** As much of a definition as tells one from anything else that a module may export. */
const definition = z.object({
  name: z.string(),
  version: z.int(),
  fingerprint: z.string(),
  plan: z.object({}),
  handlers: z.instanceof(Map),
})

function isDefinition(value: unknown): value is RegisteredSaga {
  return definition.safeParse(value).success
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (value instanceof Promise) return 'a promise'
  const type = typeof value
  return type === 'undefined' ? type : `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`
}
