import { readFile } from 'node:fs/promises'

import { sql } from 'kysely'

import { customers, offers, openingBalanceCents, products, watchList } from './catalog.ts'
import type { ShopDatabase } from './shop-database.ts'

const tables = new URL('../../data/shop.sql', import.meta.url)

/** Creates the services' tables and fills the shelves. The schema `shop` must not be there yet. */
export async function createShop(shop: ShopDatabase): Promise<void> {
  await sql.raw(await readFile(tables, 'utf8')).execute(shop)
  await shop
    .insertInto('products')
    .values(
      products.map(({ sku, priceCents, stock }) => ({
        sku,
        price_cents: priceCents,
        initial: stock,
        on_hand: stock,
      })),
    )
    .execute()
  await shop
    .insertInto('accounts')
    .values(
      customers.map((customer) => ({
        customer,
        initial_cents: openingBalanceCents,
        balance_cents: openingBalanceCents,
      })),
    )
    .execute()
  await shop
    .insertInto('watch_list')
    .values(watchList.map((customer) => ({ customer })))
    .execute()
  await shop
    .insertInto('offers')
    .values(
      offers.map(({ name, priceCents, places, answers }) => ({
        name,
        price_cents: priceCents,
        places,
        free: places,
        answers,
      })),
    )
    .execute()
}
