/**
 * Adds up what the services have in their own tables, without asking Backstep for anything but how each saga ended. If a
 * step ran twice, was lost or was undone by halves, it shows here.
 */
import { sql } from 'kysely'

import type { ShopDatabase } from '../shop/shop-database.ts'

/** One thing that must add up. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}

/** How an order or a trip ended. */
export interface Ending {
  readonly id: string
  readonly completed: boolean
  /** What a completed order costs. */
  readonly amountCents: number
}

/** Every piece is on the shelf or in a parcel. */
export async function checkStock(shop: ShopDatabase): Promise<Check> {
  const { rows } = await sql<{ sku: string; initial: number; on_hand: number; shipped: number }>`
    select
      product.sku,
      product.initial,
      product.on_hand,
      coalesce(sum(reservation.quantity) filter (where shipment.order_id is not null), 0)::integer
        as shipped
    from shop.products product
    left join shop.reservations reservation
      on reservation.sku = product.sku and not reservation.released
    left join shop.shipments shipment on shipment.order_id = reservation.order_id
    group by product.sku
    order by product.sku
  `.execute(shop)
  const wrong = rows.filter(({ initial, on_hand, shipped }) => initial !== on_hand + shipped)
  const initial = sum(rows.map((row) => row.initial))
  const onHand = sum(rows.map((row) => row.on_hand))
  const shipped = sum(rows.map((row) => row.shipped))
  return {
    name: 'stock',
    ok: wrong.length === 0,
    detail: `${initial} pieces = ${onHand} on hand + ${shipped} shipped${blame(wrong.map(({ sku }) => sku))}`,
  }
}

/** Every cent is on an account, or was charged and not paid back. */
export async function checkMoney(shop: ShopDatabase): Promise<Check> {
  const { rows } = await sql<{
    customer: string
    initial: number
    balance: number
    charged: number
    refunded: number
  }>`
    select
      account.customer,
      account.initial_cents as initial,
      account.balance_cents as balance,
      coalesce(sum(charge.amount_cents), 0)::integer as charged,
      coalesce(sum(refund.amount_cents), 0)::integer as refunded
    from shop.accounts account
    left join shop.charges charge on charge.customer = account.customer
    left join shop.refunds refund on refund.charge_id = charge.id
    group by account.customer
    order by account.customer
  `.execute(shop)
  const wrong = rows.filter(
    ({ initial, balance, charged, refunded }) => balance !== initial - charged + refunded,
  )
  const total = (pick: (row: (typeof rows)[number]) => number): string => money(sum(rows.map(pick)))
  return {
    name: 'money',
    ok: wrong.length === 0,
    detail:
      `${total((row) => row.balance)} on accounts = ${total((row) => row.initial)} at first` +
      ` - ${total((row) => row.charged)} charged + ${total((row) => row.refunded)} refunded` +
      blame(wrong.map(({ customer }) => customer)),
  }
}

/** Every seat, room and car is free or booked. */
export async function checkPlaces(shop: ShopDatabase): Promise<Check> {
  const { rows } = await sql<{ name: string; places: number; free: number; booked: number }>`
    select offer.name, offer.places, offer.free, count(booking.id)::integer as booked
    from shop.offers offer
    left join shop.bookings booking on booking.offer = offer.name and not booking.canceled
    group by offer.name
    order by offer.name
  `.execute(shop)
  const wrong = rows.filter(({ places, free, booked }) => places !== free + booked)
  const places = sum(rows.map((row) => row.places))
  const free = sum(rows.map((row) => row.free))
  const booked = sum(rows.map((row) => row.booked))
  return {
    name: 'seats, rooms and cars',
    ok: wrong.length === 0,
    detail: `${places} = ${free} free + ${booked} booked${blame(wrong.map(({ name }) => name))}`,
  }
}

/** A completed order is paid and shipped once; of any other nothing is left. */
export async function checkOrders(
  shop: ShopDatabase,
  endings: readonly Ending[],
): Promise<readonly Check[]> {
  const { rows } = await sql<{ id: string; completed: boolean; ok: boolean }>`
    with effects as (
      select
        ending.*,
        (select count(*) from shop.charges where purpose = ending.id) as charges,
        (select sum(amount_cents) from shop.charges where purpose = ending.id) as charged,
        (select count(*) from shop.shipments where order_id = ending.id) as shipments,
        (select count(*) from shop.reservations where order_id = ending.id and not released)
          as reservations
      from ${table(endings)}
    )
    select
      id,
      completed,
      case
        when completed then
          charges = 1 and charged = amount_cents and shipments = 1 and reservations > 0
        else charges = 0 and shipments = 0 and reservations = 0
      end as ok
    from effects
  `.execute(shop)
  return verdicts(rows, {
    completed: 'completed orders: charged once, to the cent, and shipped once',
    undone: 'compensated orders: nothing reserved, charged or shipped',
  })
}

/** A completed trip has all of its bookings; of any other every booking is canceled and paid back. */
export async function checkTrips(
  shop: ShopDatabase,
  endings: readonly Ending[],
): Promise<readonly Check[]> {
  const { rows } = await sql<{ id: string; completed: boolean; ok: boolean }>`
    with effects as (
      select
        ending.*,
        (select count(*) from shop.bookings where trip_id = ending.id and not canceled) as bookings,
        count(charge.id) as charges,
        count(refund.charge_id) as refunds
      from ${table(endings)}
      left join shop.charges charge on charge.purpose = ending.id
      left join shop.refunds refund on refund.charge_id = charge.id
      group by ending.id, ending.completed, ending.amount_cents
    )
    select
      id,
      completed,
      case
        when completed then bookings = 3 and charges = 3 and refunds = 0
        else bookings = 0 and charges = refunds
      end as ok
    from effects
  `.execute(shop)
  return verdicts(rows, {
    completed: 'completed trips: flight, hotel and car, each paid once',
    undone: 'compensated trips: every booking canceled, every cent back',
  })
}

function table(endings: readonly Ending[]) {
  const ids = endings.map(({ id }) => id)
  const completed = endings.map((ending) => ending.completed)
  const amounts = endings.map(({ amountCents }) => amountCents)
  return sql`unnest(${ids}::text[], ${completed}::boolean[], ${amounts}::integer[])
    as ending (id, completed, amount_cents)`
}

function verdicts(
  rows: readonly { readonly id: string; readonly completed: boolean; readonly ok: boolean }[],
  names: { readonly completed: string; readonly undone: string },
): readonly Check[] {
  const verdict = (name: string, completed: boolean): Check => {
    const those = rows.filter((row) => row.completed === completed)
    const wrong = those.filter(({ ok }) => !ok).map(({ id }) => id)
    return { name: `${those.length} ${name}`, ok: wrong.length === 0, detail: blame(wrong).trim() }
  }
  return [verdict(names.completed, true), verdict(names.undone, false)]
}

function blame(wrong: readonly string[]): string {
  return wrong.length === 0 ? '' : `   wrong: ${wrong.join(', ')}`
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function money(cents: number): string {
  return (cents / 100).toLocaleString('en-US', { minimumFractionDigits: 2 })
}
