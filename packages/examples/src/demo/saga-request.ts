import { readFile } from 'node:fs/promises'

import { z } from 'zod'

import { orderInput } from '../order/order-input.ts'
import { tripInput } from '../travel/trip-input.ts'

const sagaRequest = z.discriminatedUnion('saga', [
  z.object({ saga: z.literal('order'), scenario: z.string(), input: orderInput }),
  z.object({ saga: z.literal('travel'), scenario: z.string(), input: tripInput }),
])

/** One line of data/orders.jsonl: which saga to start, with what, and what is going to happen to it. */
export type SagaRequest = z.infer<typeof sagaRequest>

/** Where `make-orders.ts` puts its lines. */
export const ordersFile: URL = new URL('../../data/orders.jsonl', import.meta.url)

/** The checked lines of data/orders.jsonl, in order. */
export async function readSagaRequests(): Promise<readonly SagaRequest[]> {
  const lines = (await readFile(ordersFile, 'utf8')).trim().split('\n')
  return lines.map((line) => sagaRequest.parse(JSON.parse(line)))
}

/** The business key of a request: the same order is never run twice. */
export function keyOf(request: SagaRequest): string {
  return request.saga === 'order' ? request.input.orderId : request.input.tripId
}
