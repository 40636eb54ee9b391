import type { Generated, Kysely } from 'kysely'

/** The tables of a service that takes part in sagas. The barrier's own are beside them, in a schema of their own. */
export interface StockTables {
  products: { sku: string; on_hand: number }
  reservations: {
    id: Generated<number>
    sku: string
    quantity: number
    released: Generated<boolean>
  }
}

/** The service's database. */
export type StockDatabase = Kysely<StockTables>
