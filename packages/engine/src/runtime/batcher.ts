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
    while (this.#pending.length > 0) void hand(await this.#send(this.#take())) // I1
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

  /** What each item is to be told. */
  async #send(batch: readonly Waiting<Item, Result>[]): Promise<readonly Answer[]> {
    try {
      const results = await this.#options.send(batch.map(({ item }) => item))
      return batch.map(({ resolve, reject }, index) => () => {
        const result = results[index]
        if (result === undefined) reject(new RangeError('The store gave no result for an item.'))
        else resolve(result)
      })
    } catch (error) {
      if (batch.length === 1 || isBackstepError(error, 'DATABASE_UNAVAILABLE')) {
        return batch.map(
          ({ reject }) =>
            () =>
              reject(error),
        )
      }
    }
    const answers: Answer[] = []
    for (const waiting of batch) answers.push(...(await this.#send([waiting]))) // I3
    return answers
  }
}

type Answer = () => void

/** So many go on in one turn of the event loop: what they send next is on its way while the others are still at work. */
const answersPerTick = 32

async function hand(answers: readonly Answer[]): Promise<void> {
  for (const [index, answer] of answers.entries()) {
    if (index > 0 && index % answersPerTick === 0) await setImmediate()
    answer()
  }
}

function overloaded(maximumPending: number): BackstepError {
  return new BackstepError(
    'OVERLOADED',
    `More than ${maximumPending} requests wait for Postgres in this process; start sagas more slowly, or from more processes.`,
  )
}
