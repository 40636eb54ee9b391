import { createBackstep, defineSaga, reject, startWorker } from '@backstep/engine'
import { z } from 'zod'

const order = defineSaga({
  name: 'readme-order',
  version: 1,
  input: z.object({ item: z.string(), cents: z.int() }),
})
  .step('reserveStock', {
    action: ({ input, idempotencyKey }) => ({ reservation: `${input.item} for ${idempotencyKey}` }),
    compensation: ({ output }) => console.log('put back', output?.reservation),
  })
  .pivot('chargeCard', {
    action: ({ input }) => {
      if (input.cents > 100_000) throw reject('card_declined', 'That is too much.')
    },
  })
  .step('ship', { action: () => ({ trackingId: 'parcel-1' }) })
  .output(({ results }) => results.ship)

const backstep = createBackstep({ databaseUrl: process.env['DATABASE_URL'] })
const worker = await startWorker({ backstep, sagas: [order] })
const saga = await backstep.start(order, { key: 'order-1', input: { item: 'teapot', cents: 2490 } })
console.log(await saga.result())
await worker.stop()
await backstep.close()
