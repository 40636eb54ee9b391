/** Time that passes and randomness, so that a test can hold both in its hand. */
export interface Clock {
  /** Milliseconds on a clock that never jumps; only differences mean anything. */
  monotonicMs(): number

  /**
   * Calls back once, after that time.
   *
   * @returns calls it off
   */
  after(ms: number, callback: () => void): () => void

  /** Resolves after that time, or at once when the signal is aborted; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>

  /** A number from [0, 1). */
  random(): number
}
