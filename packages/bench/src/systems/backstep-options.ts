import { z } from 'zod'

import type { RunRequest } from '../runner/run-request.ts'

const options = z.object({
  concurrency: z.int().positive(),
  turn: z.literal('step').optional(),
  separateWorker: z.boolean().optional(),
  redis: z.boolean(),
})

/** What this runner can be told; everything else about Backstep is left at its default. */
export type BackstepOptions = z.infer<typeof options>

/** The options of a request, checked. */
export const readBackstepOptions = (request: RunRequest): BackstepOptions =>
  options.parse(request.options)

/** Where Backstep's database is in this run. */
export const backstepDatabase = ({ place }: RunRequest): string => {
  if (place.databaseUrl !== null) return place.databaseUrl
  throw new Error('Backstep needs a Postgres.')
}

/** Where Backstep's stores are in this run. */
export const backstepPlace = (
  request: RunRequest,
): { readonly databaseUrl: string; readonly redisUrl?: string } => {
  const databaseUrl = backstepDatabase(request)
  if (!readBackstepOptions(request).redis) return { databaseUrl }
  const { redisUrl } = request.place
  if (redisUrl === null) throw new Error('This variant of Backstep needs a Redis.')
  return { databaseUrl, redisUrl }
}
