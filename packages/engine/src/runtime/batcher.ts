import { setImmediate } from 'node:timers/promises'

import { BackstepError, isBackstepError } from '../core/backstep-error.ts'

/** What a batcher does. */
export interface BatcherOptions<Item, Result> {
  /** Sends a batch; results in its order. Must be safe to repeat for an item whose batch failed. */
  readonly send: (batch: readonly Item[]) => Promise<readonly Result[]>
  /** Items of the same name never go in one batch. */
  readonly nameOf: (item: Item) => string
  /** Items in one batch at most. */
  readonly limit: number
  /** Items that may wait at most; more are turned away. */
  readonly maximumPending: number
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/**
 * Natural batching: what comes while one batch is under way goes with the next. Nothing waits on a timer, so a lone item
 * goes at once, and under load each round trip and each commit is shared by as many as there are.
 *
 * I1. One batch is under way at a time, and items go in the order in which they came.
 * I2. Two items of one name never share a batch: the later one waits for the next.
 * I3. An item fails only by its own fault, or when the store is away: a batch that fails otherwise is sent item by item.
 * I4. What waits is bounded.
 */
export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>
  #pending: Waiting<Item, Result>[] = []
  #running = false

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options
  }

  /**
   * Sends one item with whatever else there is.
   *
   * @throws BackstepError `OVERLOADED` when too many wait; what `send` throws for this item
   */
  submit(item: Item): Promise<Result> {
    const { maximumPending } = this.#options
    if (this.#pending.length >= maximumPending) return Promise.reject(overloaded(maximumPending)) // I4
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    this.#pending.push({ item, resolve, reject })
    if (!this.#running) {
      this.#running = true
      // What else is submitted in this tick goes along: this comes when no promise is left to go on.
      process.nextTick(() => void this.#run())
    }
    return promise
  }

  async #run(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#take()
      void hand(batch, await this.#send(batch)) // I1
    }
    this.#running = false
  }

  /** The next batch, in order; of several items of one name only the first (I2). */
  #take(): readonly Waiting<Item, Result>[] {
    const { limit, nameOf } = this.#options
    const batch: Waiting<Item, Result>[] = []
    const later: Waiting<Item, Result>[] = []
    const names = new Set<string>()
    let seen = 0
    for (const waiting of this.#pending) {
      if (batch.length === limit) break
      seen += 1
      const name = nameOf(waiting.item)
      if (names.has(name)) later.push(waiting)
      else batch.push(waiting)
      // An item also keeps its place before later ones of its name.
      names.add(name)
    }
    this.#pending = [...later, ...this.#pending.slice(seen)]
    return batch
  }

  /** What came of each item. */
  async #send(batch: readonly Waiting<Item, Result>[]): Promise<readonly (Result | Failed)[]> {
    try {
      return await this.#options.send(batch.map(({ item }) => item))
    } catch (error) {
      if (batch.length === 1 || isBackstepError(error, 'DATABASE_UNAVAILABLE')) {
        const failed = new Failed(error)
        return batch.map(() => failed)
      }
    }
    const outcomes: (Result | Failed)[] = []
    for (const waiting of batch) {
      const [outcome = noResult()] = await this.#send([waiting]) // I3
      outcomes.push(outcome)
    }
    return outcomes
  }
}

/** In the place of a result. */
class Failed {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

function noResult(): Failed {
  return new Failed(new RangeError('The store gave no result for an item.'))
}

/**
 * So many go on in one turn of the event loop: what they send next is on its way while the others are still at work. With
 * fewer, batches get small, and each statement and each write to a socket has its price.
 */
const answersPerTick = 96

/** Tells each item what came of it. */
async function hand<Item, Result>(
  batch: readonly Waiting<Item, Result>[],
  outcomes: readonly (Result | Failed)[],
): Promise<void> {
  let told = 0
  for (const { resolve, reject } of batch) {
    if (told > 0 && told % answersPerTick === 0) await setImmediate()
    const { [told]: outcome = noResult() } = outcomes
    if (outcome instanceof Failed) reject(outcome.error)
    else resolve(outcome)
    told += 1
  }
}

function overloaded(maximumPending: number): BackstepError {
  return new BackstepError(
    'OVERLOADED',
    `More than ${maximumPending} requests wait for Postgres in this process; start sagas more slowly, or from more processes.`,
  )
}
