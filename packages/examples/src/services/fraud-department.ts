import type { ShopDatabase } from '../shop/shop-database.ts'
import { send } from './network.ts'

/** Knows whom not to sell to. */
export interface FraudDepartment {
  /** Only looks: asking twice changes nothing, and there is nothing to take back. */
  isSuspicious(request: FraudRequest): Promise<boolean>
}

/** Who wants to buy. */
export interface FraudRequest {
  readonly key: string
  readonly customer: string
  readonly signal: AbortSignal
}

/** The fraud department's service. */
export function openFraudDepartment(shop: ShopDatabase): FraudDepartment {
  return {
    isSuspicious: ({ key, customer, signal }) =>
      send(shop, { key, signal, trouble: 'none' }, async () => {
        const watched = await shop
          .selectFrom('watch_list')
          .select('customer')
          .where('customer', '=', customer)
          .executeTakeFirst()
        return watched !== undefined
      }),
  }
}
