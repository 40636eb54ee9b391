import { randomUUID } from 'node:crypto'

import { sql, type RawBuilder } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

import { openBank, type Card } from '../../packages/examples/src/services/bank.ts'
import { openBookingOffice } from '../../packages/examples/src/services/booking-office.ts'
import { doOnce, undoOnce } from '../../packages/examples/src/services/do-once.ts'
import { openShippingDesk } from '../../packages/examples/src/services/shipping-desk.ts'
import { openStock, type OrderItem } from '../../packages/examples/src/services/stock.ts'
import { createShop } from '../../packages/examples/src/shop/create-shop.ts'
import {
  openShopDatabase,
  type ShopDatabase,
} from '../../packages/examples/src/shop/shop-database.ts'
import { eventually } from '../support/eventually.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'

let database: TestDatabase
let shop: ShopDatabase

beforeAll(async () => {
  database = await createTestDatabase()
  shop = openShopDatabase(database.url)
  await createShop(shop)
})

afterAll(async () => {
  await shop.destroy()
  await database.drop()
})

const signal = new AbortController().signal
const canceled = 'was canceled before it came'

async function number(query: RawBuilder<{ value: number }>): Promise<number> {
  const { rows } = await query.execute(shop)
  return rows[0]?.value ?? Number.NaN
}

const onHand = (sku: string): Promise<number> =>
  number(sql`select on_hand as value from shop.products where sku = ${sku}`)
const chargesFor = (purpose: string): Promise<number> =>
  number(sql`select count(*)::integer as value from shop.charges where purpose = ${purpose}`)
const balanceOf = (customer: string): Promise<number> =>
  number(sql`select balance_cents as value from shop.accounts where customer = ${customer}`)
const freePlaces = (offer: string): Promise<number> =>
  number(sql`select free as value from shop.offers where name = ${offer}`)

const reserve = (key: string, items: readonly OrderItem[]) =>
  openStock(shop).reserve({ key, orderId: key, items, warehouse: 'ok', signal })
const release = (reserveKey: string) => openStock(shop).release({ reserveKey, signal })
const charge = (orderId: string, card: Card, within: AbortSignal = signal) =>
  openBank(shop).charge({
    key: orderId,
    orderId,
    customer: 'ada',
    amountCents: 1_234,
    card,
    signal: within,
  })
const book = (key: string, offer: string) =>
  openBookingOffice(shop).book({ key, tripId: key, offer, customer: 'grace', signal })
const cancel = (bookKey: string, offer: string) =>
  openBookingOffice(shop).cancel({ bookKey, offer, signal })

const counted = z.object({ count: z.int() })
const newRequest = () => ({ key: randomUUID(), answer: counted })
const nothingToUndo = () => Promise.reject(new Error('There was nothing to undo.'))

describe('doOnce and undoOnce', () => {
  it('give requests that come at the same time one effect and the same answer', async () => {
    const asked = newRequest()
    let effects = 0
    const attempt = () => doOnce(shop, asked, async () => ({ count: (effects += 1) }))
    const answers = await Promise.all([attempt(), attempt(), attempt(), attempt()])
    expect(answers).toEqual(Array.from({ length: 4 }, () => ({ count: 1 })))
    expect(effects).toBe(1)
  })

  it('do a request again whose effect has failed', async () => {
    const asked = newRequest()
    const failing = doOnce(shop, asked, () => Promise.reject(new Error('The lights went out.')))
    await expect(failing).rejects.toThrow('The lights went out.')
    await expect(doOnce(shop, asked, async () => ({ count: 2 }))).resolves.toEqual({ count: 2 })
  })

  it('undo once, with the answer at hand, however often they are told to', async () => {
    const asked = newRequest()
    const undone: unknown[] = []
    const undo = () => undoOnce(shop, asked, async (_, given) => void undone.push(given))
    await doOnce(shop, asked, async () => ({ count: 3 }))
    await Promise.all([undo(), undo(), undo()])
    await undo()
    expect(undone).toEqual([{ count: 3 }])
  })

  it('refuse a request that comes after its own cancellation', async () => {
    const asked = newRequest()
    await undoOnce(shop, asked, nothingToUndo)
    await undoOnce(shop, asked, nothingToUndo)
    await expect(doOnce(shop, asked, async () => ({ count: 4 }))).rejects.toThrow(canceled)
  })

  it('leave nothing behind when a request and its cancellation meet', async () => {
    for (let round = 0; round < 20; round += 1) {
      const asked = newRequest()
      let standing = 0
      await Promise.allSettled([
        doOnce(shop, asked, async () => ({ count: (standing += 1) })),
        undoOnce(shop, asked, async () => void (standing -= 1)),
      ])
      expect(standing).toBe(0)
    }
  })
})

describe('the warehouse', () => {
  it('sets goods aside once and puts them back once', async () => {
    const key = randomUUID()
    const before = await onHand('lamp')
    const first = await reserve(key, [{ sku: 'lamp', quantity: 3 }])
    expect(await reserve(key, [{ sku: 'lamp', quantity: 3 }])).toEqual(first)
    expect(await onHand('lamp')).toBe(before - 3)
    await release(key)
    await release(key)
    expect(await onHand('lamp')).toBe(before)
  })

  it('sets nothing aside when one thing is missing', async () => {
    const key = randomUUID()
    const before = await onHand('chair')
    const items = [
      { sku: 'chair', quantity: 1 },
      { sku: 'grand-piano', quantity: 1 },
    ]
    expect(await reserve(key, items)).toEqual({ status: 'out_of_stock', sku: 'grand-piano' })
    await release(key)
    expect(await onHand('chair')).toBe(before)
  })

  it('sets nothing aside for a request that was taken back before it came', async () => {
    const key = randomUUID()
    const before = await onHand('teapot')
    await release(key)
    await expect(reserve(key, [{ sku: 'teapot', quantity: 1 }])).rejects.toThrow(canceled)
    expect(await onHand('teapot')).toBe(before)
  })
})

describe('the bank', () => {
  it('charges once when its first answer was lost', async () => {
    const order = randomUUID()
    const before = await balanceOf('ada')
    const impatience = new AbortController()
    const unanswered = charge(order, 'times_out_after_charging', impatience.signal)
    const lost = unanswered.catch((error: unknown) => error)
    await eventually(async () => expect(await chargesFor(order)).toBe(1))
    impatience.abort()
    expect(await lost).toEqual(new Error('no answer came'))
    expect(await charge(order, 'times_out_after_charging')).toMatchObject({ status: 'charged' })
    expect(await chargesFor(order)).toBe(1)
    expect(await balanceOf('ada')).toBe(before - 1_234)
  })

  it('stands by its refusal: the same key is not charged afterwards', async () => {
    const order = randomUUID()
    expect(await charge(order, 'declined')).toEqual({ status: 'declined' })
    expect(await charge(order, 'ok')).toEqual({ status: 'declined' })
    expect(await chargesFor(order)).toBe(0)
  })
})

describe('the shipping desk', () => {
  it('turns a flaky order away twice, then ships it, and once', async () => {
    const key = randomUUID()
    const ship = () => openShippingDesk(shop).ship({ key, orderId: key, desk: 'flaky', signal })
    await expect(ship()).rejects.toThrow('503')
    await expect(ship()).rejects.toThrow('503')
    const shipped = await ship()
    expect(await ship()).toEqual(shipped)
  })
})

describe('the booking office', () => {
  it('takes place and money once, and gives both back once', async () => {
    const key = randomUUID()
    const free = await freePlaces('City Cars')
    const balance = await balanceOf('grace')
    const first = await book(key, 'City Cars')
    expect(await book(key, 'City Cars')).toEqual(first)
    expect(await freePlaces('City Cars')).toBe(free - 1)
    expect(await balanceOf('grace')).toBe(balance - 11_700)
    await cancel(key, 'City Cars')
    await cancel(key, 'City Cars')
    expect(await freePlaces('City Cars')).toBe(free)
    expect(await balanceOf('grace')).toBe(balance)
  })

  it('takes no money for what is full', async () => {
    const key = randomUUID()
    expect(await book(key, 'Grand Hotel')).toEqual({ status: 'full' })
    expect(await chargesFor(key)).toBe(0)
  })

  it('books nothing for a request that was canceled before it came', async () => {
    const key = randomUUID()
    await cancel(key, 'flight BS101')
    await expect(book(key, 'flight BS101')).rejects.toThrow(canceled)
    expect(await chargesFor(key)).toBe(0)
  })
})
