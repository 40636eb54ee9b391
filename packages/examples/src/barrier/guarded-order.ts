import { defineSaga, reject } from '@backstep/engine'
import { z } from 'zod'

import { askStock } from './stock-client.ts'

const line = z.object({ sku: z.string(), quantity: z.int() })

/** An order whose goods are set aside by a service elsewhere, which has a barrier. */
export function defineGuardedOrder(stockUrl: string) {
  return defineSaga({
    name: 'guarded-order',
    version: 1,
    input: z.object({ line, solvent: z.boolean() }),
    defaults: { timeout: '10s', retry: { initialInterval: '50ms', maximumAttempts: 3 } },
  })
    .step('reserveStock', {
      action: async (context) => {
        const { input, signal } = context
        const request = {
          url: stockUrl,
          path: '/reserve',
          context,
          line: input.line,
          signal,
        } as const
        const { output } = await askStock(request)
        return { reservationId: output?.id ?? null }
      },
      // Returned as it is, so that the journal knows when there was nothing to put back.
      compensation: (context) => {
        const { input, signal } = context
        return askStock({ url: stockUrl, path: '/release', context, line: input.line, signal })
      },
    })
    .pivot('charge', {
      action: ({ input }) => {
        if (!input.solvent) throw reject('card_declined', 'The bank said no.')
      },
    })
    .output(({ results }) => results.reserveStock)
}
