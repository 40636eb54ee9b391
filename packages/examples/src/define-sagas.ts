import { defineOrderSaga } from './order/order-saga.ts'
import { openBank } from './services/bank.ts'
import { openBookingOffice } from './services/booking-office.ts'
import { openFraudDepartment } from './services/fraud-department.ts'
import { openShippingDesk } from './services/shipping-desk.ts'
import { openStock } from './services/stock.ts'
import type { ShopDatabase } from './shop/shop-database.ts'
import { defineTravelSaga } from './travel/travel-saga.ts'

/** All sagas of this example, with the services that they need. */
export function defineSagas(shop: ShopDatabase) {
  return {
    order: defineOrderSaga({
      stock: openStock(shop),
      fraud: openFraudDepartment(shop),
      bank: openBank(shop),
      shipping: openShippingDesk(shop),
    }),
    travel: defineTravelSaga(openBookingOffice(shop)),
  }
}
