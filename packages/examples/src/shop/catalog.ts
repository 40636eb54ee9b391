/** What the shop sells. The grand piano is sold out. */
export const products = [
  { sku: 'teapot', priceCents: 2_490, stock: 400 },
  { sku: 'lamp', priceCents: 5_900, stock: 400 },
  { sku: 'chair', priceCents: 12_950, stock: 400 },
  { sku: 'bookshelf', priceCents: 23_800, stock: 400 },
  { sku: 'notebook', priceCents: 799, stock: 400 },
  { sku: 'grand-piano', priceCents: 1_250_000, stock: 0 },
] as const

/** Who buys. Mallory is on the fraud department's watch list. */
export const customers = [
  'ada',
  'barbara',
  'edsger',
  'grace',
  'hector',
  'kenneth',
  'mallory',
] as const

/** Who is watched. */
export const watchList = ['mallory'] as const

/** What every customer has when the demo begins: more than anyone spends. */
export const openingBalanceCents = 20_000_000

/** Where one can fly and sleep, and what one can drive. The Grand Hotel is full, and Cactus Cars does not answer. */
export const offers = [
  { name: 'flight BS101', priceCents: 18_900, places: 200, answers: true },
  { name: 'flight BS202', priceCents: 42_500, places: 200, answers: true },
  { name: 'Harbor Hotel', priceCents: 30_600, places: 200, answers: true },
  { name: 'Grand Hotel', priceCents: 88_000, places: 0, answers: true },
  { name: 'City Cars', priceCents: 11_700, places: 200, answers: true },
  { name: 'Cactus Cars', priceCents: 9_900, places: 200, answers: false },
] as const
