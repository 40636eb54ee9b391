import { z } from 'zod'

import type { ShopDatabase, ShopTransaction } from '../shop/shop-database.ts'
import { doOnce, undoOnce } from './do-once.ts'
import { send, type Trouble } from './network.ts'

/** The warehouse: sets goods aside for an order, and puts them back. */
export interface Stock {
  /** Sets all items aside, or none. */
  reserve(request: ReserveRequest): Promise<ReserveAnswer>
  /** Puts back what a request to reserve has set aside, if it has. Safe to repeat. */
  release(request: ReleaseRequest): Promise<void>
}

/** What is to be set aside, for which order. */
export interface ReserveRequest {
  readonly key: string
  readonly orderId: string
  readonly items: readonly OrderItem[]
  readonly warehouse: Warehouse
  readonly signal: AbortSignal
}

/** One line of an order. */
export interface OrderItem {
  readonly sku: string
  readonly quantity: number
}

/** `never_answers` does what it is told and does not say so. */
export type Warehouse = 'ok' | 'never_answers'

const reserveAnswer = z.discriminatedUnion('status', [
  z.object({ status: z.literal('reserved'), reservationIds: z.array(z.string()) }),
  z.object({ status: z.literal('out_of_stock'), sku: z.string() }),
])

/** What the warehouse says. */
export type ReserveAnswer = z.infer<typeof reserveAnswer>

/** Which request to reserve is taken back: nobody may ever have seen the answer to it. */
export interface ReleaseRequest {
  readonly reserveKey: string
  readonly signal: AbortSignal
}

const troubles: Readonly<Record<Warehouse, Trouble>> = {
  ok: 'none',
  never_answers: 'answer_always_lost',
}

/** The warehouse's service. */
export function openStock(shop: ShopDatabase): Stock {
  return {
    reserve: ({ key, orderId, items, warehouse, signal }) =>
      send(shop, { key, signal, trouble: troubles[warehouse] }, () =>
        doOnce(shop, { key, answer: reserveAnswer }, (transaction) =>
          reserve(transaction, orderId, items),
        ),
      ),
    release: ({ reserveKey, signal }) =>
      send(shop, { key: reserveKey, signal, trouble: 'none' }, () =>
        undoOnce(shop, { key: reserveKey, answer: reserveAnswer }, release),
      ),
  }
}

async function reserve(
  transaction: ShopTransaction,
  orderId: string,
  items: readonly OrderItem[],
): Promise<ReserveAnswer> {
  // Everybody locks products in the same order, so that no two orders wait for each other.
  const sorted = items.toSorted((a, b) => (a.sku < b.sku ? -1 : 1))
  for (const { sku, quantity } of sorted) {
    const product = await transaction
      .selectFrom('products')
      .select('on_hand')
      .where('sku', '=', sku)
      .forUpdate()
      .executeTakeFirst()
    if (product === undefined || product.on_hand < quantity) return { status: 'out_of_stock', sku }
  }
  const reservationIds: string[] = []
  for (const item of sorted) reservationIds.push(await setAside(transaction, orderId, item))
  return { status: 'reserved', reservationIds }
}

async function setAside(
  transaction: ShopTransaction,
  orderId: string,
  { sku, quantity }: OrderItem,
): Promise<string> {
  await transaction
    .updateTable('products')
    .set((row) => ({ on_hand: row('on_hand', '-', quantity) }))
    .where('sku', '=', sku)
    .execute()
  const { id } = await transaction
    .insertInto('reservations')
    .values({ order_id: orderId, sku, quantity })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

async function release(transaction: ShopTransaction, answer: ReserveAnswer): Promise<void> {
  if (answer.status === 'out_of_stock') return
  // In the order in which they were made, which is the order of locking.
  for (const id of answer.reservationIds) {
    const { sku, quantity } = await transaction
      .updateTable('reservations')
      .set({ released: true })
      .where('id', '=', id)
      .returning(['sku', 'quantity'])
      .executeTakeFirstOrThrow()
    await transaction
      .updateTable('products')
      .set((row) => ({ on_hand: row('on_hand', '+', quantity) }))
      .where('sku', '=', sku)
      .execute()
  }
}
