/**
 * How much a worker does at once: a bounded number of turns, or a single one that has to run alone.
 *
 * I1. Never more turns than the limit.
 * I2. While a turn is alone, or waits to be, no other turn begins.
 * I3. One turn at most waits to be alone; another one is told no.
 * I4. Who waits first in line gets the next slot: a line that never ends cannot starve it.
 */
export class Slots {
  readonly #limit: number
  readonly #waiting: (() => void)[] = []
  #active = 0
  #isolating = false
  #vain = 0
  #first: (() => void) | null = null
  #changed = new Set<() => void>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** How many turns could begin right now. */
  get free(): number {
    return this.#isolating ? 0 : this.#limit - this.#active
  }

  /** How many turns are under way. */
  get active(): number {
    return this.#active
  }

  /** How often in a row somebody has waited in vain to be alone. */
  get vain(): number {
    return this.#vain
  }

  /** Waits for a slot and takes it. */
  async enter(): Promise<void> {
    while (this.free <= 0) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    this.#active += 1
  }

  /** Takes a slot if one is free. */
  tryEnter(): boolean {
    if (this.free <= 0) return false
    this.#active += 1
    return true
  }

  /**
   * Waits ahead of everybody in `enter`, and takes the next slot. For one caller at a time.
   *
   * @returns false when the signal was aborted first
   */
  async enterFirst(signal: AbortSignal): Promise<boolean> {
    if (this.tryEnter()) return true
    if (signal.aborted) return false
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const give = (): void => resolve(true)
    const stop = (): void => {
      if (this.#first !== give) return
      this.#first = null
      resolve(false)
    }
    this.#first = give
    signal.addEventListener('abort', stop, { once: true })
    const given = await promise
    signal.removeEventListener('abort', stop)
    return given
  }

  /** Gives a slot back. */
  leave(): void {
    this.#active -= 1
    this.#notify()
  }

  /**
   * Waits until the caller's turn is the only one, and keeps others out until `share` is called.
   *
   * @returns false when another turn is or wants to be alone, or the signal was aborted first
   */
  async isolate(signal: AbortSignal): Promise<boolean> {
    if (this.#isolating) return false
    this.#isolating = true
    while (this.#active > 1 && !signal.aborted) await this.change(signal)
    const alone = this.#active <= 1 && !signal.aborted
    this.#vain = alone ? 0 : this.#vain + 1
    if (!alone) this.share()
    return alone
  }

  /** Lets others in again. */
  share(): void {
    this.#isolating = false
    this.#notify()
  }

  /** Resolves when a slot was given back or shared again, or the signal is aborted. */
  async change(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const done = (): void => resolve()
    this.#changed.add(done)
    signal.addEventListener('abort', done, { once: true })
    await promise
    this.#changed.delete(done)
    signal.removeEventListener('abort', done)
  }

  #notify(): void {
    if (this.#first !== null && this.free > 0) {
      this.#active += 1 // I4
      this.#first()
      this.#first = null
    }
    if (this.#changed.size > 0) {
      const changed = this.#changed
      this.#changed = new Set()
      for (const resolve of changed) resolve()
    }
    for (let free = this.free; free > 0 && this.#waiting.length > 0; free -= 1) {
      this.#waiting.shift()?.()
    }
  }
}
