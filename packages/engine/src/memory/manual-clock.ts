import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../ports/clock.ts'
import { seededRandom } from './seeded-random.ts'

/** How a manual clock begins. */
export interface ManualClockOptions {
  /** Seed of `random`; 1 unless said otherwise. */
  readonly seed?: number
  /** What `wallMs` reads at first, in milliseconds since 1970. */
  readonly startMs?: number
}

interface Sleeper {
  readonly wakeAtMs: number
  readonly wake: () => void
}

const startOfTestsMs = Date.UTC(2030, 0, 1)

/** A clock that stands still until `advance` is called. */
export class ManualClock implements Clock {
  readonly #random: () => number
  readonly #startMs: number
  readonly #sleepers = new Set<Sleeper>()
  #elapsedMs = 0

  constructor(options: ManualClockOptions = {}) {
    this.#random = seededRandom(options.seed ?? 1)
    this.#startMs = options.startMs ?? startOfTestsMs
  }

  monotonicMs(): number {
    return this.#elapsedMs
  }

  /** Milliseconds since 1970 on this clock: the time of a store that lives beside it. */
  wallMs(): number {
    return this.#startMs + this.#elapsedMs
  }

  random(): number {
    return this.#random()
  }

  after(ms: number, callback: () => void): () => void {
    const sleeper = { wakeAtMs: this.#elapsedMs + ms, wake: callback }
    this.#sleepers.add(sleeper)
    return () => void this.#sleepers.delete(sleeper)
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || signal?.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const wake = (): void => resolve()
    const sleeper = { wakeAtMs: this.#elapsedMs + ms, wake }
    this.#sleepers.add(sleeper)
    signal?.addEventListener('abort', wake, { once: true })
    await promise
    this.#sleepers.delete(sleeper)
    signal?.removeEventListener('abort', wake)
  }

  /** How many sleep now: what a test waits for before it moves the clock. */
  get sleeping(): number {
    return this.#sleepers.size
  }

  /**
   * Moves the clock, stopping at each sleeper on the way, earliest first, and letting it run until it waits for something
   * again. Sleeps that begin on the way and end before the new time end too.
   */
  async advance(ms: number): Promise<void> {
    const targetMs = this.#elapsedMs + ms
    for (;;) {
      const next = this.#nextSleeper()
      if (next === undefined || next.wakeAtMs > targetMs) break
      this.#elapsedMs = Math.max(this.#elapsedMs, next.wakeAtMs)
      this.#sleepers.delete(next)
      next.wake()
      await setImmediate()
    }
    this.#elapsedMs = Math.max(this.#elapsedMs, targetMs)
  }

  #nextSleeper(): Sleeper | undefined {
    let next: Sleeper | undefined
    for (const sleeper of this.#sleepers) {
      if (next === undefined || sleeper.wakeAtMs < next.wakeAtMs) next = sleeper
    }
    return next
  }
}
