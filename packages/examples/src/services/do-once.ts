/**
 * How a service takes part in a saga without doing anything twice, whatever is repeated, lost or late. Each request comes
 * with an idempotency key, and the service keeps one row for each key:
 *
 *   (no row) ── doOnce ──> done ── undoOnce ──> undone
 *   (no row) ───────────── undoOnce ──────────> undone     the tombstone
 *
 * D1  The row and the effect are one transaction: there is never one without the other.
 * D2  The first to insert the row does the work. Whoever comes with the same key meanwhile waits for that transaction to
 *     end, because a unique key makes them wait, and then finds its answer.
 * D3  The way back leaves a tombstone, also where there was nothing to undo. A request that was delayed on its way and
 *     arrives after its own cancellation meets the tombstone and is refused. That is a barrier: without it, the late
 *     request would take effect, and nobody would ever undo it.
 */
import type { z } from 'zod'

import type { ShopDatabase, ShopTransaction } from '../shop/shop-database.ts'

/** A request that may come more than once. */
export interface Request<Answer> {
  /** The same each time that it comes. */
  readonly key: string
  /** Reads the answer that is stored. */
  readonly answer: z.ZodType<Answer>
}

/**
 * Does what `effect` does once for each key, and gives every later caller the first one's answer.
 *
 * @param effect returns the answer; a refusal is an answer, too. When it throws, nothing has happened
 * @throws Error when the request was canceled before it came
 */
export async function doOnce<Answer>(
  shop: ShopDatabase,
  request: Request<Answer>,
  effect: (transaction: ShopTransaction) => Promise<Answer>,
): Promise<Answer> {
  const { key } = request
  return shop.transaction().execute(async (transaction) => {
    if (await isFirst(transaction, key, 'done')) {
      const answer = await effect(transaction)
      await update(transaction, key, { answer: JSON.stringify(answer) })
      return answer
    }
    const earlier = await find(transaction, key)
    switch (earlier.state) {
      case 'done':
        return request.answer.parse(earlier.answer)
      case 'undone':
        throw new Error(`Request ${key} was canceled before it came.`) // D3
    }
  })
}

/**
 * Takes back what `doOnce` did under a key. Does nothing when that was never done, or is undone already, so that it is
 * safe to call at any time and any number of times.
 *
 * @param undo is given the answer of what it undoes
 */
export async function undoOnce<Answer>(
  shop: ShopDatabase,
  request: Request<Answer>,
  undo: (transaction: ShopTransaction, answer: Answer) => Promise<void>,
): Promise<void> {
  const { key } = request
  await shop.transaction().execute(async (transaction) => {
    if (await isFirst(transaction, key, 'undone')) return // D3
    const earlier = await find(transaction, key)
    if (earlier.state === 'undone') return
    await undo(transaction, request.answer.parse(earlier.answer))
    await update(transaction, key, { state: 'undone' })
  })
}

async function isFirst(
  transaction: ShopTransaction,
  key: string,
  state: 'done' | 'undone',
): Promise<boolean> {
  const inserted = await transaction
    .insertInto('requests')
    .values({ key, state })
    .onConflict((conflict) => conflict.doNothing())
    .returning('key')
    .executeTakeFirst() // D2
  return inserted !== undefined
}

async function find(
  transaction: ShopTransaction,
  key: string,
): Promise<{ readonly state: 'done' | 'undone'; readonly answer: unknown }> {
  return transaction
    .selectFrom('requests')
    .select(['state', 'answer'])
    .where('key', '=', key)
    .forUpdate()
    .executeTakeFirstOrThrow()
}

async function update(
  transaction: ShopTransaction,
  key: string,
  change: { readonly answer: string } | { readonly state: 'undone' },
): Promise<void> {
  await transaction.updateTable('requests').set(change).where('key', '=', key).execute()
}
