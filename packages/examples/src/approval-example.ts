/**
 * A saga that waits for a person: an order above the limit is approved by signal, and one that nobody looks at is turned back
 * after a reminder. Run it: `DATABASE_URL=… node packages/examples/src/approval-example.ts`
 */
import { createBackstep, defineSaga, startWorker } from '@backstep/engine'
import { z } from 'zod'

const reminded: string[] = []
const approval = z.object({ by: z.string() })

const order = defineSaga({
  name: 'approved-order',
  version: 1,
  input: z.object({ orderId: z.string() }),
})
  .step('reserve', { action: ({ input }) => `r-${input.orderId}`, compensation: () => {} })
  .waitFor('approval', {
    schema: approval,
    timeout: '1500ms',
    // Steps for a saga that waited in vain; with a signal they are skipped.
    onTimeout: (inVain) =>
      inVain.step('remind', {
        action: ({ input }) => void reminded.push(input.orderId),
        compensation: 'none',
        reason: 'a letter',
      }),
  })
  .waitFor('last word', { schema: approval, timeout: '500ms', onTimeout: 'continue' })
  .pivot('charge', {
    action: ({ results }) => ({
      approvedBy: results.approval?.by ?? results['last word']?.by ?? 'nobody',
    }),
  })
  .output(({ results }) => results.charge)

const backstep = createBackstep({ databaseUrl: process.env['DATABASE_URL'] })
const worker = await startWorker({ backstep, sagas: [order] })
const approved = await backstep.start(order, { input: { orderId: 'o-1' } })
const forgotten = await backstep.start(order, { input: { orderId: 'o-2' } })

// Sent twice, it counts once: the id names it.
for (const _ of ['first', 'again']) {
  await backstep.signal(approved.sagaId, { name: 'approval', payload: { by: 'ada' }, id: 'mail-1' })
}
for (const saga of [approved, forgotten]) console.log(await saga.result({ timeout: '30s' }))
console.log('reminded:', reminded)
await worker.stop()
await backstep.close()
