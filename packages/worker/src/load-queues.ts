import type { QueueOptions, QueuesOptions } from '@backstep/engine'
import { z } from 'zod'

import { importModule, invalid } from './load-sagas.ts'

/**
 * What modules export under the name `queues`: limits, by the names of queues. A module may have none.
 *
 * @param paths of modules, relative to `folder`
 * @throws BackstepError `CONFIGURATION_INVALID` that names the module, when it exports anything else, or when two of them
 *   do not say the same of a queue
 */
export async function loadQueues(paths: readonly string[], folder: string): Promise<QueuesOptions> {
  const found = new Map<string, QueueOptions>()
  for (const path of paths) {
    for (const [queue, said] of Object.entries(await queuesOf(path, folder))) {
      const before = found.get(queue) ?? said
      if (JSON.stringify(before) !== JSON.stringify(said)) {
        throw invalid(path, `says other things of queue "${queue}" than a module before it`)
      }
      found.set(queue, said)
    }
  }
  return Object.fromEntries(found)
}

async function queuesOf(path: string, folder: string): Promise<QueuesOptions> {
  const { queues = {} } = await importModule(path, folder)
  const read = queueOptions.safeParse(queues)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const where = ['queues', ...(issue?.path ?? [])].join('.')
  const hint = 'export const queues = { payments: { maximumConcurrency: 10 } }'
  throw invalid(path, `has something wrong in ${where} (${issue?.message ?? ''}); write: ${hint}`)
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
