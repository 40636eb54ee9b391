/** A bounded number of places, taken in the order in which they were asked for. */
export class Places {
  readonly #waiting = new Set<() => void>()
  #free: number

  constructor(count: number) {
    this.#free = count
  }

  /**
   * Waits for a place and takes it.
   *
   * @returns false when the signal was aborted first: no place was taken
   */
  async take(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false
    if (this.#free > 0) {
      this.#free -= 1
      return true
    }
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const given = (): void => resolve(true)
    const aborted = (): void => {
      this.#waiting.delete(given)
      resolve(false)
    }
    this.#waiting.add(given)
    signal.addEventListener('abort', aborted, { once: true })
    const taken = await promise
    signal.removeEventListener('abort', aborted)
    return taken
  }

  /** Gives a place back: it goes to whoever has waited longest. */
  leave(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#free += 1
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
