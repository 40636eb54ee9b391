/**
 * A saga that takes its time, and one that has not enough of it: a trial that is paid for when it is over, unless that takes
 * too long. Run it: `DATABASE_URL=… node packages/examples/src/time-example.ts`
 */
import { createBackstep, defineSaga, startWorker } from '@backstep/engine'
import { z } from 'zod'

const accounts = new Set<string>()

/** Days are tenths of a second here. */
const trial = defineSaga({
  name: 'trial',
  version: 1,
  input: z.object({ customer: z.string(), bankIsClosed: z.boolean() }),
  deadline: '3s',
})
  .step('openAccount', {
    action: ({ input }) => void accounts.add(input.customer),
    compensation: ({ input }) => void accounts.delete(input.customer),
  })
  .sleep('trial period', '1400ms')
  .step('checkCard', {
    action: ({ input }) => {
      if (input.bankIsClosed) throw new Error('The bank is closed.')
    },
    compensation: 'none',
    reason: 'read-only',
    retry: { initialInterval: '1d', maximumInterval: '1d', jitter: 'none' },
  })
  .pivot('charge', { action: ({ input }) => ({ paid: input.customer }) })
  .output(({ results }) => results.charge)

const backstep = createBackstep({ databaseUrl: process.env['DATABASE_URL'] })
const worker = await startWorker({ backstep, sagas: [trial] })
const sagas = [
  await backstep.start(trial, { input: { customer: 'ada', bankIsClosed: false } }),
  await backstep.start(trial, { input: { customer: 'bob', bankIsClosed: true } }),
]
for (const saga of sagas) console.log(await saga.result({ timeout: '30s' }))
console.log('accounts:', [...accounts])
await worker.stop()
await backstep.close()
