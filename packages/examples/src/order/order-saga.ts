import { defineSaga, reject } from '@backstep/engine'

import type { Bank, ChargeAnswer } from '../services/bank.ts'
import type { FraudDepartment } from '../services/fraud-department.ts'
import type { ShippingDesk } from '../services/shipping-desk.ts'
import type { ReserveAnswer, Stock } from '../services/stock.ts'
import { orderInput } from './order-input.ts'

/** Whom an order needs. */
export interface OrderServices {
  readonly stock: Stock
  readonly fraud: FraudDepartment
  readonly bank: Bank
  readonly shipping: ShippingDesk
}

/**
 * An order: goods are set aside, the customer pays, the parcel leaves.
 *
 * Charging the card is the pivot. Until then everything can be taken back; from then on the customer has paid and gets
 * the goods, however often the shipping desk has to be asked.
 */
export function defineOrderSaga({ stock, fraud, bank, shipping }: OrderServices) {
  return defineSaga({
    name: 'order',
    version: 1,
    input: orderInput,
    // Short, so that the demo is: a shop would wait for longer, and try more often.
    defaults: { timeout: '2s', retry: { initialInterval: '200ms', maximumAttempts: 3 } },
  })
    .step('reserveStock', {
      action: async ({ input, idempotencyKey, signal }) =>
        reserved(await stock.reserve({ ...input, key: idempotencyKey, signal })),
      // When the answer never came, nobody knows whether goods were set aside. The warehouse does, by the action's key.
      compensation: ({ actionIdempotencyKey, signal }) =>
        stock.release({ reserveKey: actionIdempotencyKey, signal }),
    })
    .step('checkFraud', {
      action: async ({ input, idempotencyKey, signal }) => {
        const { customer } = input
        if (!(await fraud.isSuspicious({ key: idempotencyKey, customer, signal }))) return
        throw reject('suspicious_customer', `We do not sell to ${customer}.`)
      },
      compensation: 'none',
      reason: 'read-only',
    })
    .pivot('chargeCard', {
      queue: 'payments',
      action: async ({ input, idempotencyKey, signal }) =>
        charged(await bank.charge({ ...input, key: idempotencyKey, signal })),
      // An attempt whose answer was lost may have reached the bank. But the bank remembers the key: when it says
      // "declined", it says that this key was not charged and never will be.
      rejectionCoversEarlierAttempts: true,
    })
    .step('ship', {
      action: ({ input, idempotencyKey, signal }) =>
        shipping.ship({ ...input, key: idempotencyKey, signal }),
    })
    .output(({ results }) => ({ trackingId: results.ship.trackingId }))
}

function reserved(answer: ReserveAnswer): { readonly reservationIds: readonly string[] } {
  switch (answer.status) {
    case 'reserved':
      return { reservationIds: answer.reservationIds }
    case 'out_of_stock':
      // The warehouse asserts that it has set nothing aside. Only such a refusal is a rejection: an error is a doubt.
      throw reject('out_of_stock', `There is not enough of ${answer.sku}.`)
  }
}

function charged(answer: ChargeAnswer): { readonly chargeId: string } {
  switch (answer.status) {
    case 'charged':
      return { chargeId: answer.chargeId }
    case 'declined':
      throw reject('card_declined', 'The bank has declined the card.')
  }
}
