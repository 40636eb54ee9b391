/**
 * What a step can do about a participant that does not answer as one would wish: a bank that is busy, then loses its
 * answers, and a limit that a person has to look at. Run it: `DATABASE_URL=… node packages/examples/src/outcomes-example.ts`
 */
import {
  createBackstep,
  defineSaga,
  noEffect,
  reject,
  retryAfter,
  startWorker,
  tookEffect,
} from '@backstep/engine'
import { z } from 'zod'

/** A bank that charges once for each key, and whose answers get lost. */
const bank = { charges: new Map<string, string>(), isBusy: true, limitCents: 1_000 }

const order = defineSaga({
  name: 'outcomes-order',
  version: 1,
  input: z.object({ cents: z.int() }),
  defaults: { retry: { initialInterval: '20ms', maximumAttempts: 2 } },
})
  .step('checkLimit', {
    action: ({ input }) => {
      if (input.cents > bank.limitCents) throw reject('over_limit', 'That is more than the limit.')
    },
    compensation: 'none',
    reason: 'read-only',
    // A person raises the limit and retries, or cancels.
    onFailure: 'park',
  })
  .pivot('chargeCard', {
    action: ({ idempotencyKey }): { readonly chargeId: string } => {
      if (bank.isBusy) {
        bank.isBusy = false
        throw retryAfter('50ms', Object.assign(new Error('Slow down.'), { code: 'rate_limited' }))
      }
      bank.charges.set(idempotencyKey, 'charge-1')
      throw new Error('The connection broke before the answer came.')
    },
    retry: { byCode: { rate_limited: { maximumAttempts: 20 }, invalid_card: 'stop' } },
    // The bank knows what it did under that key. Whoever may still charge later answers stillUnknown().
    probe: ({ idempotencyKey }) => {
      const chargeId = bank.charges.get(idempotencyKey)
      return chargeId === undefined ? noEffect('not_charged') : tookEffect({ chargeId })
    },
  })
  .output(({ results }) => results.chargeCard)

const backstep = createBackstep({ databaseUrl: process.env['DATABASE_URL'] })
const worker = await startWorker({ backstep, sagas: [order] })
const saga = await backstep.start(order, { input: { cents: 2_490 } })
for (;;) {
  const { status, stuckCode } = await backstep.get(saga.sagaId)
  if (status === 'stuck') {
    console.log('stuck:', stuckCode)
    break
  }
  await new Promise((resolve) => setTimeout(resolve, 50))
}
bank.limitCents = 5_000
await backstep.retry(saga.sagaId, { actor: 'ada', reason: 'The limit is raised.' })
console.log(await saga.result())
await worker.stop()
await backstep.close()
