import { z } from 'zod'

import type { ShopDatabase, ShopTransaction } from '../shop/shop-database.ts'
import { doOnce, undoOnce } from './do-once.ts'
import { giveBack, takeMoney } from './money.ts'
import { send, type Trouble } from './network.ts'

/** Books flights, hotels and cars: a place is taken and paid for, or neither. */
export interface BookingOffice {
  book(request: BookRequest): Promise<BookAnswer>
  /** Cancels what a request to book has booked, if it has, and pays back. Safe to repeat. */
  cancel(request: CancelRequest): Promise<void>
}

/** What is booked, for which trip, and who pays. */
export interface BookRequest {
  readonly key: string
  readonly tripId: string
  readonly offer: string
  readonly customer: string
  readonly signal: AbortSignal
}

const bookAnswer = z.discriminatedUnion('status', [
  z.object({ status: z.literal('booked'), bookingId: z.string() }),
  z.object({ status: z.literal('full') }),
  z.object({ status: z.literal('declined') }),
])

/** What the company says. */
export type BookAnswer = z.infer<typeof bookAnswer>

/** Which request to book is taken back, and with whom. */
export interface CancelRequest {
  readonly bookKey: string
  readonly offer: string
  readonly signal: AbortSignal
}

/** The companies' service. */
export function openBookingOffice(shop: ShopDatabase): BookingOffice {
  return {
    book: async (request) => {
      const { key, offer, signal } = request
      const trouble = await troubleWith(shop, offer)
      return send(shop, { key, signal, trouble }, () =>
        doOnce(shop, { key, answer: bookAnswer }, (transaction) => book(transaction, request)),
      )
    },
    cancel: async ({ bookKey, offer, signal }) => {
      const trouble = await troubleWith(shop, offer)
      await send(shop, { key: bookKey, signal, trouble }, () =>
        undoOnce(shop, { key: bookKey, answer: bookAnswer }, cancel),
      )
    },
  }
}

async function troubleWith(shop: ShopDatabase, offer: string): Promise<Trouble> {
  const { answers } = await shop
    .selectFrom('offers')
    .select('answers')
    .where('name', '=', offer)
    .executeTakeFirstOrThrow()
  return answers ? 'none' : 'no_answer'
}

async function book(
  transaction: ShopTransaction,
  { tripId, offer, customer }: BookRequest,
): Promise<BookAnswer> {
  const { free, price_cents: amountCents } = await transaction
    .selectFrom('offers')
    .select(['free', 'price_cents'])
    .where('name', '=', offer)
    .forUpdate()
    .executeTakeFirstOrThrow()
  if (free === 0) return { status: 'full' }
  const chargeId = await takeMoney(transaction, { customer, purpose: tripId, amountCents })
  if (chargeId === null) return { status: 'declined' }
  await transaction
    .updateTable('offers')
    .set((row) => ({ free: row('free', '-', 1) }))
    .where('name', '=', offer)
    .execute()
  const { id } = await transaction
    .insertInto('bookings')
    .values({ trip_id: tripId, offer, charge_id: chargeId })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { status: 'booked', bookingId: id }
}

async function cancel(transaction: ShopTransaction, answer: BookAnswer): Promise<void> {
  if (answer.status !== 'booked') return
  const { offer, charge_id: chargeId } = await transaction
    .updateTable('bookings')
    .set({ canceled: true })
    .where('id', '=', answer.bookingId)
    .returning(['offer', 'charge_id'])
    .executeTakeFirstOrThrow()
  await transaction
    .updateTable('offers')
    .set((row) => ({ free: row('free', '+', 1) }))
    .where('name', '=', offer)
    .execute()
  await giveBack(transaction, chargeId)
}
