import { randomUUID } from 'node:crypto'

import { z } from 'zod'

import type { ShopDatabase } from '../shop/shop-database.ts'
import { doOnce } from './do-once.ts'
import { send, type Trouble } from './network.ts'

/** Hands parcels to the carrier. What has left the house does not come back. */
export interface ShippingDesk {
  /** Ships what is set aside for an order. */
  ship(request: ShipRequest): Promise<ShipAnswer>
}

/** Which order to ship, from which desk. */
export interface ShipRequest {
  readonly key: string
  readonly orderId: string
  readonly desk: Desk
  readonly signal: AbortSignal
}

/** `flaky` turns the first two requests away. */
export type Desk = 'ok' | 'flaky'

const shipAnswer = z.object({ trackingId: z.string() })

/** What the desk says. */
export type ShipAnswer = z.infer<typeof shipAnswer>

const troubles: Readonly<Record<Desk, Trouble>> = { ok: 'none', flaky: 'fails_twice' }

/** The shipping desk's service. */
export function openShippingDesk(shop: ShopDatabase): ShippingDesk {
  return {
    ship: ({ key, orderId, desk, signal }) =>
      send(shop, { key, signal, trouble: troubles[desk] }, () =>
        doOnce(shop, { key, answer: shipAnswer }, async (transaction) => {
          const trackingId = `parcel-${randomUUID().slice(0, 8)}`
          await transaction
            .insertInto('shipments')
            .values({ tracking_id: trackingId, order_id: orderId })
            .execute()
          return { trackingId }
        }),
      ),
  }
}
