import { defineSaga, reject } from '@backstep/engine'
import { z } from 'zod'

import { rejectionCode, stepOutput } from '../workload/order.ts'

const orderInput = z.object({
  orderId: z.string(),
  customer: z.string(),
  cents: z.int(),
  rejected: z.boolean(),
})

/** The order as Backstep runs it: input checked, three steps that can be undone, and a pivot. */
export const orderSaga = defineSaga({ name: 'bench-order', version: 1, input: orderInput })
  .step('reserve', {
    action: ({ input }) => stepOutput('reserve', input.orderId),
    compensation: () => {},
  })
  .step('authorize', {
    action: ({ input }) => stepOutput('authorize', input.orderId),
    compensation: () => {},
  })
  .step('allocate', {
    action: ({ input }) => stepOutput('allocate', input.orderId),
    compensation: () => {},
  })
  .pivot('ship', {
    action: ({ input }) => {
      if (input.rejected) throw reject(rejectionCode, 'No carrier takes this parcel.')
      return stepOutput('ship', input.orderId)
    },
  })
  .output(({ results }) => results.ship)
