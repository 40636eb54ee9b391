/**
 * A bank that is out of order, and another one: the first charges come by the other way when their attempts are spent, the
 * rest at once, as the circuit is open by then. What is undone is undone wherever it was done.
 * Run it: `DATABASE_URL=… node packages/examples/src/fallback-example.ts`
 */
import { createBackstep, defineSaga, reject, startWorker } from '@backstep/engine'
import { z } from 'zod'

/** Charges by idempotency key: the same key charges once. */
class Bank {
  readonly charges = new Map<string, number>()
  calls = 0
  readonly #isOpen: boolean

  constructor(isOpen: boolean) {
    this.#isOpen = isOpen
  }

  charge(key: string, cents: number): void {
    this.calls += 1
    if (!this.#isOpen) throw new Error('The bank does not answer.')
    this.charges.set(key, cents)
  }
}

const first = new Bank(false)
const other = new Bank(true)

const order = defineSaga({
  name: 'order',
  version: 1,
  input: z.object({ item: z.string(), cents: z.int() }),
})
  .step('charge', {
    action: ({ input, idempotencyKey }) => {
      first.charge(idempotencyKey, input.cents)
      return { bank: 'first' }
    },
    fallback: ({ input, idempotencyKey }) => {
      other.charge(idempotencyKey, input.cents)
      return { bank: 'other' }
    },
    compensation: ({ actionIdempotencyKey }) => {
      // An attempt whose answer was lost may have charged as well.
      for (const bank of [first, other]) bank.charges.delete(actionIdempotencyKey)
    },
    retry: { initialInterval: '50ms', maximumAttempts: 2, jitter: 'none' },
    breaker: { consecutiveFailures: 4, halfOpenAfter: '1h' },
  })
  .pivot('ship', {
    action: ({ input }) => {
      if (input.item === 'unicorn') throw reject('sold_out', 'There are no unicorns.')
    },
  })
  .output(({ results }) => results.charge.bank)

const backstep = createBackstep({ databaseUrl: process.env['DATABASE_URL'] })
const worker = await startWorker({ backstep, sagas: [order] })
for (const item of ['book', 'lamp', 'chair', 'unicorn']) {
  const saga = await backstep.start(order, { input: { item, cents: 1_000 } })
  const result = await saga.result({ timeout: '30s' })
  const how = result.status === 'completed' ? `, charged by the ${result.output} bank` : ''
  console.log(`${item}: ${result.status}${how}`)
}
console.log(`the first bank was called ${first.calls} times, the other one ${other.calls} times`)
console.log('charges that stand:', first.charges.size + other.charges.size)
await worker.stop()
await backstep.close()
