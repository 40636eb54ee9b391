import { reject } from '@backstep/engine'
import { barrier, type BarrierSource } from '@backstep/engine/barrier'
import { z } from 'zod'

import type { StockDatabase } from './stock-database.ts'

/** How many of what to set aside. */
export interface OrderLine {
  readonly sku: string
  readonly quantity: number
}

const reservation = z.object({ id: z.int() })

/** Sets goods aside: once, however often it is asked, and not at all once it was told to release them. */
export function reserve(db: StockDatabase, context: BarrierSource, { sku, quantity }: OrderLine) {
  return db.transaction().execute((transaction) =>
    barrier(transaction, context, async (trx) => {
      const taken = await trx
        .updateTable('products')
        .set((product) => ({ on_hand: product('on_hand', '-', quantity) }))
        .where('sku', '=', sku)
        .where('on_hand', '>=', quantity)
        .executeTakeFirst()
      if (taken.numUpdatedRows === 0n)
        throw reject('out_of_stock', `There is not enough of ${sku}.`)
      return trx
        .insertInto('reservations')
        .values({ sku, quantity })
        .returning('id')
        .executeTakeFirstOrThrow()
    }),
  )
}

/** Puts back what `reserve` has set aside, if it has: it need not have ended, nor have come. */
export function release(db: StockDatabase, context: BarrierSource) {
  return db.transaction().execute((transaction) =>
    barrier(transaction, context, async (trx, reserved) => {
      const { sku, quantity } = await trx
        .updateTable('reservations')
        .set({ released: true })
        .where('id', '=', reservation.parse(reserved).id)
        .returning(['sku', 'quantity'])
        .executeTakeFirstOrThrow()
      await trx
        .updateTable('products')
        .set((product) => ({ on_hand: product('on_hand', '+', quantity) }))
        .where('sku', '=', sku)
        .execute()
    }),
  )
}
