/**
 * Writes data/orders.jsonl: orders and trips, and what goes wrong with them. The seed is fixed, so that it always writes
 * the same file.
 */
import { writeFile } from 'node:fs/promises'

import { ordersFile } from './demo/saga-request.ts'
import { products } from './shop/catalog.ts'

/** A small generator of pseudorandom numbers in [0, 1), known as mulberry32. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const random = seededRandom(1987)
const below = (limit: number): number => Math.floor(random() * limit)

function pick<Item>(items: readonly Item[]): Item {
  const item = items[below(items.length)]
  if (item === undefined) throw new RangeError('There is nothing to pick from.')
  return item
}

function shuffle<Item>(items: readonly Item[]): readonly Item[] {
  return items
    .map((item) => ({ item, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

interface Scenario {
  readonly saga: 'order' | 'travel'
  readonly scenario: string
  readonly count: number
  /** What sets its input apart. */
  readonly input?: Readonly<Record<string, string>>
  readonly soldOut?: boolean
}

// The first two take longest: the demo begins with them, and the others pass them by.
const scenarios: readonly Scenario[] = [
  {
    saga: 'travel',
    scenario: 'car rental does not answer',
    count: 2,
    input: { car: 'Cactus Cars' },
  },
  {
    saga: 'order',
    scenario: 'warehouse never answers',
    count: 4,
    input: { warehouse: 'never_answers' },
  },
  { saga: 'order', scenario: 'all goes well', count: 84 },
  { saga: 'order', scenario: 'card declined', count: 12, input: { card: 'declined' } },
  { saga: 'order', scenario: 'sold out', count: 8, soldOut: true },
  { saga: 'order', scenario: 'customer is suspicious', count: 8, input: { customer: 'mallory' } },
  { saga: 'order', scenario: 'bank is slow', count: 10, input: { card: 'slow' } },
  {
    saga: 'order',
    scenario: 'bank charges, answer lost',
    count: 12,
    input: { card: 'times_out_after_charging' },
  },
  { saga: 'order', scenario: 'shipping fails twice', count: 10, input: { desk: 'flaky' } },
  { saga: 'travel', scenario: 'trip goes well', count: 8 },
  { saga: 'travel', scenario: 'hotel is full', count: 4, input: { hotel: 'Grand Hotel' } },
]

function makeOrder(number: number, { input, soldOut }: Scenario): object {
  const available = products.filter(({ stock }) => stock > 0)
  const chosen = new Set(Array.from({ length: 1 + below(3) }, () => pick(available)))
  for (const product of products) if (soldOut === true && product.stock === 0) chosen.add(product)
  const items = [...chosen].map(({ sku, priceCents }) => ({
    sku,
    priceCents,
    quantity: 1 + below(3),
  }))
  return {
    orderId: `order-${String(number).padStart(3, '0')}`,
    customer: pick(['ada', 'barbara', 'edsger', 'grace', 'hector', 'kenneth']),
    items: items.map(({ sku, quantity }) => ({ sku, quantity })),
    amountCents: items.reduce((sum, { priceCents, quantity }) => sum + priceCents * quantity, 0),
    ...input,
  }
}

function makeTrip(number: number, { input }: Scenario): object {
  return {
    tripId: `trip-${String(number).padStart(3, '0')}`,
    customer: pick(['ada', 'barbara', 'edsger', 'grace', 'hector', 'kenneth']),
    flight: pick(['flight BS101', 'flight BS202']),
    hotel: 'Harbor Hotel',
    car: 'City Cars',
    ...input,
  }
}

const repeat = (scenario: Scenario): readonly Scenario[] =>
  Array.from({ length: scenario.count }, () => scenario)

const inOrder = [
  ...scenarios.slice(0, 2).flatMap(repeat),
  ...shuffle(scenarios.slice(2).flatMap(repeat)),
]

const lines = inOrder.map((scenario, index) =>
  JSON.stringify({
    saga: scenario.saga,
    scenario: scenario.scenario,
    input:
      scenario.saga === 'order' ? makeOrder(index + 1, scenario) : makeTrip(index + 1, scenario),
  }),
)

await writeFile(ordersFile, `${lines.join('\n')}\n`)
console.log(`Wrote ${lines.length} lines.`)
