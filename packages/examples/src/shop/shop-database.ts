import { Kysely, PostgresDialect, type Generated, type Transaction } from 'kysely'
import { Pool } from 'pg'

/** The tables of data/shop.sql. Money is in integer cents. */
export interface ShopTables {
  requests: { key: string; state: 'done' | 'undone'; answer: Generated<unknown> }
  products: { sku: string; price_cents: number; initial: number; on_hand: number }
  reservations: {
    id: Generated<string>
    order_id: string
    sku: string
    quantity: number
    released: Generated<boolean>
  }
  shipments: { tracking_id: string; order_id: string }
  watch_list: { customer: string }
  accounts: { customer: string; initial_cents: number; balance_cents: number }
  charges: { id: Generated<string>; customer: string; purpose: string; amount_cents: number }
  refunds: { charge_id: string; amount_cents: number }
  offers: { name: string; price_cents: number; places: number; free: number; answers: boolean }
  bookings: {
    id: Generated<string>
    trip_id: string
    offer: string
    charge_id: string
    canceled: Generated<boolean>
  }
  calls: { key: string; count: number }
}

/** The services' database. */
export type ShopDatabase = Kysely<ShopTables>

/** A transaction in it. */
export type ShopTransaction = Transaction<ShopTables>

/** Connects when it is first used. `destroy` it in the end; idle connections keep no process alive. */
export function openShopDatabase(databaseUrl: string): ShopDatabase {
  const pool = new Pool({ connectionString: databaseUrl, allowExitOnIdle: true })
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {})
  return new Kysely<ShopTables>({ dialect: new PostgresDialect({ pool }) }).withSchema('shop')
}
