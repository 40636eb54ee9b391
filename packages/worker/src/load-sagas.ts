import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { BackstepError, type QueuesOptions, type RegisteredSaga } from '@backstep/engine'
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

/**
 * What modules export under the name `queues`: limits, by the names of queues. A module may have none.
 *
 * @param paths of modules, relative to `folder`
 * @throws BackstepError `CONFIGURATION_INVALID` that names the module, when it exports anything else, or when two of them
 *   do not say the same of a queue
 */
export async function loadQueues(paths: readonly string[], folder: string): Promise<QueuesOptions> {
  const found: Record<string, QueuesOptions[string]> = {}
  for (const path of paths) {
    const { queues = {} } = await importModule(path, folder)
    const read = queueOptions.safeParse(queues)
    if (!read.success) {
      const [issue] = read.error.issues
      const where = ['queues', ...(issue?.path ?? [])].join('.')
      const hint = 'export queues as { payments: { maximumConcurrency: 10 } }'
      throw invalid(path, `has something wrong in ${where} (${issue?.message ?? ''}); ${hint}`)
    }
    for (const [queue, said] of Object.entries(read.data)) {
      const before = found[queue] ?? said
      if (JSON.stringify(before) !== JSON.stringify(said)) {
        throw invalid(path, `says other things of queue "${queue}" than a module before it`)
      }
      found[queue] = said
    }
  }
  return found
}

const queueOptions = z.record(
  z.string(),
  z
    .strictObject({
      maximumConcurrency: z.number().optional(),
      rate: z.strictObject({ limit: z.number(), per: z.string() }).optional(),
    })
    // Only what is there: an option that is undefined says nothing.
    .transform(({ maximumConcurrency, rate }) => ({
      ...(maximumConcurrency === undefined ? {} : { maximumConcurrency }),
      ...(rate === undefined ? {} : { rate }),
    })),
)

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

async function importModule(
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

function invalid(path: string, problem: string, cause?: unknown): BackstepError {
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
