import { BackstepError, type Backlog } from '@backstep/engine'

/** What it takes to read the backlog. */
export interface BacklogReaderOptions {
  readonly read: () => Promise<Backlog>
  /** How long an answer, or a failure, serves everybody who asks. */
  readonly freshMs: number
  /** When to give up: whoever asks about health wants an answer, and no is one. */
  readonly timeoutMs: number
}

/**
 * Reads how much is waiting, for health and metrics. However often it is asked, Postgres is asked once at a time and at
 * most once in `freshMs`: probes and scrapes must not become a load of their own.
 */
export class BacklogReader {
  readonly #options: BacklogReaderOptions
  #last: Promise<Backlog> | null = null
  #goodUntilMs = 0

  constructor(options: BacklogReaderOptions) {
    this.#options = options
  }

  /**
   * The backlog of now, or of a moment ago.
   *
   * @throws BackstepError `DATABASE_UNAVAILABLE`, also when Postgres does not answer in time; `DATABASE_NOT_MIGRATED`
   */
  read(): Promise<Backlog> {
    if (this.#last !== null && performance.now() < this.#goodUntilMs) return this.#last
    this.#goodUntilMs = Number.POSITIVE_INFINITY
    this.#last = this.#readWithin().finally(() => {
      this.#goodUntilMs = performance.now() + this.#options.freshMs
    })
    return this.#last
  }

  async #readWithin(): Promise<Backlog> {
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
