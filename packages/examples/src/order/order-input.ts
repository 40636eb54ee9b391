import { z } from 'zod'

/** An order as it reaches the shop. `warehouse`, `card` and `desk` say which trouble the demo plays. */
export const orderInput = z.object({
  orderId: z.string(),
  customer: z.string(),
  items: z.array(z.object({ sku: z.string(), quantity: z.int().positive() })).min(1),
  amountCents: z.int().positive(),
  warehouse: z.enum(['ok', 'never_answers']).default('ok'),
  card: z.enum(['ok', 'declined', 'slow', 'times_out_after_charging']).default('ok'),
  desk: z.enum(['ok', 'flaky']).default('ok'),
})
