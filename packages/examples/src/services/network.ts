import { setTimeout as sleep } from 'node:timers/promises'

import type { ShopDatabase } from '../shop/shop-database.ts'

/** What goes wrong between a saga and a service. */
export type Trouble =
  | 'none'
  | 'slow'
  /** Nobody is there: the request has no effect and no answer. */
  | 'no_answer'
  /** The first two requests are turned away at the door, the third one gets through. */
  | 'fails_twice'
  /** The request takes effect, but its answer gets lost. Sent again, it is answered. */
  | 'answer_lost_once'
  /** The request takes effect, and however often it is sent, no answer ever comes back. */
  | 'answer_always_lost'

/** A request on its way. */
export interface Call {
  readonly key: string
  readonly trouble: Trouble
  readonly signal: AbortSignal
}

const latencyMs = 30
const slowMs = 800
const foreverMs = 2_147_483_647

/**
 * Stands for the network: sends a request and brings its answer back, or does not. In life this would be `fetch`; here it
 * plays the trouble that the demo's data ask for.
 */
export async function send<Answer>(
  shop: ShopDatabase,
  { key, trouble, signal }: Call,
  request: () => Promise<Answer>,
): Promise<Answer> {
  await sleep(trouble === 'slow' ? slowMs : latencyMs, undefined, { signal })
  switch (trouble) {
    case 'none':
    case 'slow':
      return request()
    case 'no_answer':
      return silence(signal)
    case 'fails_twice':
      if ((await countCalls(shop, key)) <= 2) throw new Error('503 Service Unavailable')
      return request()
    case 'answer_lost_once': {
      const answer = await request()
      return (await countCalls(shop, key)) === 1 ? silence(signal) : answer
    }
    case 'answer_always_lost':
      await request()
      return silence(signal)
  }
}

/** Lasts until the caller gives up: when its time is over, a handler's signal is aborted. */
async function silence(signal: AbortSignal): Promise<never> {
  await sleep(foreverMs, undefined, { signal }).catch(() => {})
  throw new Error('no answer came')
}

async function countCalls(shop: ShopDatabase, key: string): Promise<number> {
  const { count } = await shop
    .insertInto('calls')
    .values({ key, count: 1 })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet((row) => ({ count: row('calls.count', '+', 1) })),
    )
    .returning('count')
    .executeTakeFirstOrThrow()
  return count
}
