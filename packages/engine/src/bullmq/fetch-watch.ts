import type { FetchListener } from './queue-backend.ts'

/** A fetch that takes longer has not gone well, though it may have succeeded. What blocks for jobs is no fetch. */
const SLOW_MS = 1_000

/** Without a fetch for that long the server does not answer: one is due each time that waiting for jobs is over. */
const SILENT_MS = 2_500

/** For that long after an error jobs may be lost: with the connection, or with its last answer. */
const TROUBLED_MS = 1_000

/**
 * Knows from the fetches of a taker whether jobs would come. A taker that has room fetches at least as often as its waits
 * for jobs end; one that has its hands full need not, and is not silent.
 */
export class FetchWatch implements FetchListener {
  readonly #now: () => number
  #isWell = false
  #lastMs = 0
  #fetchingSinceMs: number | null = null
  #troubledUntilMs = -Infinity

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Whether jobs would come; false until the first fetch has succeeded. */
  get isTaking(): boolean {
    const nowMs = this.#now()
    const isPrompt = this.#fetchingSinceMs === null || nowMs - this.#fetchingSinceMs <= SLOW_MS
    const isQuiet = nowMs >= this.#troubledUntilMs
    return this.#isWell && isPrompt && isQuiet && nowMs - this.#lastMs <= SILENT_MS
  }

  readonly onFetch = (): void => {
    this.#fetchingSinceMs ??= this.#now()
  }

  readonly onFetched = (succeeded: boolean): void => {
    const nowMs = this.#now()
    const tookMs = nowMs - (this.#fetchingSinceMs ?? nowMs)
    this.#fetchingSinceMs = null
    this.#isWell = succeeded && tookMs <= SLOW_MS
    this.#lastMs = nowMs
  }

  /** The taker has reported an error. */
  failed(): void {
    this.#troubledUntilMs = this.#now() + TROUBLED_MS
  }

  /** A job has come, be it as the answer to the end of another one. */
  jobCame(): void {
    this.#isWell = true
    this.#lastMs = this.#now()
  }

  /** There is room for a job again where there was none: from now on fetches are due. */
  roomCame(): void {
    this.#lastMs = this.#now()
  }
}
