import { defineSaga, reject } from '@backstep/engine'
import { z } from 'zod'

/** A saga whose handlers do what its input says. */
export const orderSaga = defineSaga({
  name: 'order',
  version: 1,
  input: z.object({ item: z.string(), declined: z.boolean().default(false) }),
  defaults: { retry: { initialInterval: '20ms' } },
})
  .step('reserveStock', {
    action: ({ input }) => ({ reservation: `${input.item}-1` }),
    compensation: () => {},
  })
  .pivot('chargeCard', {
    queue: 'payments',
    action: ({ input }) => {
      if (input.declined) throw reject('card_declined', 'The card was declined.')
      return { charge: 'c1' }
    },
  })
  .step('ship', { action: ({ results }) => ({ trackingId: `t-${results.chargeCard.charge}` }) })
  .output(({ results }) => ({ trackingId: results.ship.trackingId }))

/** Shorter than the defaults, in the same proportions. */
export const quickTuning = {
  lease: '1500ms',
  heartbeat: '400ms',
  sweep: '200ms',
  dispatchGrace: '300ms',
} as const
