import { z } from 'zod'

import type { ShopDatabase, ShopTransaction } from '../shop/shop-database.ts'
import { doOnce } from './do-once.ts'
import { takeMoney } from './money.ts'
import { send, type Trouble } from './network.ts'

/** Moves money for the shop. */
export interface Bank {
  /** Charges a card once for each key. A refusal is remembered, too: the same key is never charged afterwards. */
  charge(request: ChargeRequest): Promise<ChargeAnswer>
}

/** Who pays how much for which order, with which card. */
export interface ChargeRequest {
  readonly key: string
  readonly customer: string
  readonly orderId: string
  readonly amountCents: number
  readonly card: Card
  readonly signal: AbortSignal
}

/** Cards that misbehave on purpose, as payment providers have them for tests. */
export type Card = 'ok' | 'declined' | 'slow' | 'times_out_after_charging'

const chargeAnswer = z.discriminatedUnion('status', [
  z.object({ status: z.literal('charged'), chargeId: z.string() }),
  z.object({ status: z.literal('declined') }),
])

/** What the bank says. */
export type ChargeAnswer = z.infer<typeof chargeAnswer>

const troubles: Readonly<Record<Card, Trouble>> = {
  ok: 'none',
  declined: 'none',
  slow: 'slow',
  times_out_after_charging: 'answer_lost_once',
}

/** The bank's service. */
export function openBank(shop: ShopDatabase): Bank {
  return {
    charge: (request) => {
      const { key, card, signal } = request
      return send(shop, { key, signal, trouble: troubles[card] }, () =>
        doOnce(shop, { key, answer: chargeAnswer }, (transaction) => charge(transaction, request)),
      )
    },
  }
}

async function charge(
  transaction: ShopTransaction,
  { customer, orderId, amountCents, card }: ChargeRequest,
): Promise<ChargeAnswer> {
  if (card === 'declined') return { status: 'declined' }
  const chargeId = await takeMoney(transaction, { customer, purpose: orderId, amountCents })
  return chargeId === null ? { status: 'declined' } : { status: 'charged', chargeId }
}
