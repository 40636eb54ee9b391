import { z } from 'zod'

import type { PortSchema } from './port-schema.ts'

const port = z.record(
  z.string(),
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('call'),
      awaited: z.boolean(),
      returns: z.string().nullable(),
      takes: z.array(z.string().nullable()),
    }),
    z.object({ kind: z.literal('part'), port: z.string() }),
  ]),
)

const strike = z.object({
  /** `SagaStore.append:before` and the like. */
  point: z.string(),
  /** Which call of it, from 1. */
  call: z.int(),
  signal: z.enum(['SIGKILL', 'SIGSTOP']),
})

const order = z.object({
  shapeName: z.string(),
  scene: z.string(),
  ledgerFile: z.string(),
  databaseSchema: z.string(),
  schema: z.record(z.string(), port),
  strike: strike.nullable(),
})

/** Where a victim strikes itself, and how. */
export type Strike = Readonly<z.infer<typeof strike>>

/** What a victim is told. */
export interface Order {
  readonly shapeName: string
  readonly scene: string
  readonly ledgerFile: string
  readonly databaseSchema: string
  readonly schema: PortSchema
  /** Null lets it live. */
  readonly strike: Strike | null
}

/** What a victim says right before it strikes. */
export const struckLine = 'struck'

/** An order as it comes with the environment. */
export function parseOrder(text: string | undefined): Order {
  return order.parse(JSON.parse(text ?? 'null'))
}
