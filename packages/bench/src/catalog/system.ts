import { z } from 'zod'

const store = z.enum(['postgres', 'redis', 'restate'])

const variant = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  title: z.string(),
  stores: z.array(store),
  inFlight: z.int().positive(),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  settings: z.string(),
  /** Left out: all of them. */
  scenarios: z.array(z.enum(['w1', 'w2', 'w3'])).optional(),
})

const file = z.strictObject({
  runner: z.string(),
  /** The npm package that is measured; null for Backstep itself. */
  package: z.string().nullable(),
  settings: z.string(),
  variants: z.array(variant),
})

/** A store that the bench starts for the systems that need it. */
export type StoreName = z.infer<typeof store>

/** A system with its settings: one column of runs. */
export interface System extends z.infer<typeof variant> {
  /** The runner's file. */
  readonly runner: string
  readonly package: string | null
}

/**
 * The systems that one JSON file describes.
 *
 * @throws Error that names the file, when it is not of the agreed form
 */
export const parseSystems = (path: string, json: unknown): readonly System[] => {
  const parsed = file.safeParse(json)
  if (!parsed.success) throw new Error(`${path}: ${z.prettifyError(parsed.error)}`)
  const { runner, variants, settings } = parsed.data
  const shared = {
    runner: new URL(runner, `file://${path}`).pathname,
    package: parsed.data.package,
  }
  return variants.map((one) =>
    Object.assign({}, one, shared, {
      settings: [settings, one.settings].filter((part) => part !== '').join(' '),
    }),
  )
}
