import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { defineSaga, type SagaDefinition } from '@backstep/engine'
import { z } from 'zod'

import type { SagaSpec } from './calls.ts'

const chainInput = z.object({ orderId: z.string() })

/** What a chain is started with. */
export type ChainInput = z.infer<typeof chainInput>

/** Bytes of a step's output besides its filler. */
const FRAME_BYTES = 40

/** A saga of any number of steps; its output is null. */
export const chainSaga = ({
  steps,
  outputBytes,
  handlerMs,
}: Extract<SagaSpec, { kind: 'chain' }>): SagaDefinition<ChainInput, null> => {
  const filler = incompressible(Math.max(0, outputBytes - FRAME_BYTES))
  const options = {
    action: async ({ step, signal }: { readonly step: string; readonly signal: AbortSignal }) => {
      if (handlerMs > 0) await sleep(handlerMs, undefined, { signal })
      return { step, reference: 'r-000001', filler }
    },
    compensation: () => {},
    // Longer than any profile: a handler that sleeps is to be held, not given up.
    timeout: '10m',
  } as const
  let saga = defineSaga({
    name: `bench-chain-${steps}`,
    version: 1,
    input: chainInput,
  }).step(stepName(1), options)
  for (let n = 2; n <= steps; n += 1) saga = saga.step(stepName(n), options)
  return saga
}

/** Text that Postgres cannot make smaller, as it would with one letter over and over. */
const incompressible = (length: number): string =>
  randomBytes(length).toString('base64').slice(0, length)

const stepName = (n: number): string => `step-${String(n).padStart(4, '0')}`
