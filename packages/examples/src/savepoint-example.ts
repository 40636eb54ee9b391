/**
 * A price that holds while the order goes to one supplier after the other: each time that one has nothing left, what was done
 * behind the save-point is undone, and done again with the next. Run it: `DATABASE_URL=… node packages/examples/src/savepoint-example.ts`
 */
import { createBackstep, defineSaga, reject, startWorker } from '@backstep/engine'
import { z } from 'zod'

/** Who sells what we sell, and what is left there. */
const near = { name: 'near', left: 0 }
const far = { name: 'far', left: 7 }
const suppliers = [near, far]

/** Bookings of vans, by the key that they were made under. */
const vans = new Map<string, string>()

const order = defineSaga({
  name: 'savepoint-order',
  version: 1,
  input: z.object({ pieces: z.int() }),
})
  .step('holdPrice', {
    action: ({ input }) => ({ cents: input.pieces * 995 }),
    compensation: ({ output }) => console.log('price given up', output?.cents),
  })
  .savepoint('priced', { maximumRounds: suppliers.length })
  .step('chooseSupplier', {
    // From 1: the second time it is another supplier's turn.
    action: ({ round }) => suppliers[round - 1] ?? near,
    compensation: 'none',
    reason: 'it only chooses',
  })
  .step('bookVan', {
    action: ({ results, idempotencyKey }) => {
      vans.set(idempotencyKey, results.chooseSupplier.name)
      console.log('van to', results.chooseSupplier.name)
    },
    compensation: ({ actionIdempotencyKey }) => {
      console.log('no van to', vans.get(actionIdempotencyKey))
      vans.delete(actionIdempotencyKey)
    },
  })
  .pivot('buy', {
    action: ({ input, results }) => {
      const { left, name } = results.chooseSupplier
      if (left < input.pieces) throw reject('sold_out', `There are ${left} left at "${name}".`)
      return { supplier: name }
    },
  })
  .output(({ results }) => ({ ...results.buy, cents: results.holdPrice.cents }))

const backstep = createBackstep({ databaseUrl: process.env['DATABASE_URL'] })
const worker = await startWorker({ backstep, sagas: [order] })
for (const pieces of [3, 8]) {
  const saga = await backstep.start(order, { input: { pieces } })
  const result = await saga.result()
  const how = result.status === 'completed' ? `at "${result.output.supplier}"` : result.status
  console.log(`${pieces}: ${how}`)
}
console.log('vans', [...vans.values()])
await worker.stop()
await backstep.close()
