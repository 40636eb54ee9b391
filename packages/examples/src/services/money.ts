import type { ShopTransaction } from '../shop/shop-database.ts'

/** Whose money is taken, how much, and for which order or trip. */
export interface Payment {
  readonly customer: string
  readonly purpose: string
  readonly amountCents: number
}

/** Takes money from an account, as part of the caller's transaction. Null when there is not enough. */
export async function takeMoney(
  transaction: ShopTransaction,
  { customer, purpose, amountCents }: Payment,
): Promise<string | null> {
  const account = await transaction
    .updateTable('accounts')
    .set((row) => ({ balance_cents: row('balance_cents', '-', amountCents) }))
    .where('customer', '=', customer)
    .where('balance_cents', '>=', amountCents)
    .returning('customer')
    .executeTakeFirst()
  if (account === undefined) return null
  const { id } = await transaction
    .insertInto('charges')
    .values({ customer, purpose, amount_cents: amountCents })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Gives a charge back in full, as part of the caller's transaction. Fails when that was done already. */
export async function giveBack(transaction: ShopTransaction, chargeId: string): Promise<void> {
  const { customer, amount_cents: amountCents } = await transaction
    .selectFrom('charges')
    .select(['customer', 'amount_cents'])
    .where('id', '=', chargeId)
    .executeTakeFirstOrThrow()
  await transaction
    .insertInto('refunds')
    .values({ charge_id: chargeId, amount_cents: amountCents })
    .execute()
  await transaction
    .updateTable('accounts')
    .set((row) => ({ balance_cents: row('balance_cents', '+', amountCents) }))
    .where('customer', '=', customer)
    .execute()
}
