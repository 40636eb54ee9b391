import { BackstepError } from '@backstep/engine'

/** What it takes to read something now and then. */
export interface FreshReaderOptions<Value> {
  readonly read: () => Promise<Value>
  /** How long an answer, or a failure, serves everybody who asks. */
  readonly freshMs: number
  /** When to give up: whoever asks about health wants an answer, and no is one. */
  readonly timeoutMs: number
}

/**
 * Reads from Postgres for health and metrics. However often it is asked, Postgres is asked once at a time and at most once
 * in `freshMs`: probes and scrapes must not become a load of their own.
 */
export class FreshReader<Value> {
  readonly #options: FreshReaderOptions<Value>
  #last: Promise<Value> | null = null
  #goodUntilMs = 0

  constructor(options: FreshReaderOptions<Value>) {
    this.#options = options
  }

  /**
   * What is so now, or was a moment ago.
   *
   * @throws BackstepError `DATABASE_UNAVAILABLE`, also when Postgres does not answer in time; `DATABASE_NOT_MIGRATED`
   */
  read(): Promise<Value> {
    if (this.#last !== null && performance.now() < this.#goodUntilMs) return this.#last
    this.#goodUntilMs = Number.POSITIVE_INFINITY
    this.#last = this.#readWithin().finally(() => {
      this.#goodUntilMs = performance.now() + this.#options.freshMs
    })
    return this.#last
  }

  async #readWithin(): Promise<Value> {
    const { read, timeoutMs } = this.#options
    const { promise: tooLate, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(silent(timeoutMs)), timeoutMs)
    try {
      return await Promise.race([read(), tooLate])
    } finally {
      clearTimeout(timer)
    }
  }
}

function silent(timeoutMs: number): BackstepError {
  return new BackstepError('DATABASE_UNAVAILABLE', `Postgres has not answered in ${timeoutMs} ms.`)
}
