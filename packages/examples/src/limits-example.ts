/**
 * A participant that bears little: at most three requests at once, and at most twenty in a second, whoever sends them. Two
 * workers share what it bears. Run it: `DATABASE_URL=… node packages/examples/src/limits-example.ts`
 */
import { setTimeout as sleep } from 'node:timers/promises'

import { createBackstep, defineSaga, startWorker } from '@backstep/engine'
import { z } from 'zod'

let atOnce = 0
let most = 0

/** Counts who is there. */
async function refund(cents: number): Promise<{ readonly refunded: number }> {
  atOnce += 1
  most = Math.max(most, atOnce)
  await sleep(50)
  atOnce -= 1
  return { refunded: cents }
}

const refundSaga = defineSaga({
  name: 'refund',
  version: 1,
  input: z.object({ cents: z.int().positive() }),
})
  .pivot('refund', { action: ({ input }) => refund(input.cents), queue: 'bank' })
  .step('tell', { action: () => {}, queue: 'mail' })

const options = {
  databaseUrl: process.env['DATABASE_URL'],
  queues: { bank: { maximumConcurrency: 3, rate: { limit: 20, per: '1s' } } },
}
const [one, two] = [createBackstep(options), createBackstep(options)]
const workers = [
  await startWorker({ backstep: one, sagas: [refundSaga] }),
  await startWorker({ backstep: two, sagas: [refundSaga] }),
]

const startedMs = performance.now()
const refunds = await Promise.all(
  Array.from({ length: 40 }, (_, cents) => one.start(refundSaga, { input: { cents: cents + 1 } })),
)
for (const saga of refunds) await saga.result({ timeout: '60s' })
const seconds = (performance.now() - startedMs) / 1_000

console.log(`${refunds.length} refunds, ${most} at once`)
// The first twenty may go at once; each of the others waits for its twentieth of a second.
console.log(seconds >= 0.9 ? 'not faster than the rate' : `too fast: ${seconds} s`)
console.log(await one.limitQueue('bank', { rate: null }, { actor: 'ada', reason: 'night' }))

for (const worker of workers) await worker.stop()
await one.close()
await two.close()
