/** Why a handler is told to stop; the reason of its abort signal. */
export type AbortReason = 'timeout' | 'canceled' | 'deadline' | 'lease_lost' | 'shutdown'

type Listener = (reason: AbortReason) => void

/**
 * Tells whoever is at work to stop, once and for one reason. What an `AbortSignal` does, for a fraction of its price: the
 * signal is made only when somebody asks for it, and most handlers never do.
 */
export class Stop {
  /** Never changed, but replaced: one at most as a rule, for which a set would be a large house. */
  #listeners: readonly Listener[] = []
  #reason: AbortReason | null = null
  #controller: AbortController | null = null

  /** Null until it was told. */
  get reason(): AbortReason | null {
    return this.#reason
  }

  /** Aborted, with the reason, when it is told. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController()
      if (this.#reason !== null) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  /** Tells. The first reason stays. */
  tell(reason: AbortReason): void {
    if (this.#reason !== null) return
    this.#reason = reason
    this.#controller?.abort(reason)
    const listeners = this.#listeners
    this.#listeners = []
    for (const listener of listeners) listener(reason)
  }

  /**
   * Calls the listener when it is told; right now if it was.
   *
   * @returns stops listening
   */
  listen(listener: Listener): () => void {
    if (this.#reason !== null) {
      listener(this.#reason)
      return () => {}
    }
    this.#listeners = [...this.#listeners, listener]
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener)
    }
  }
}
