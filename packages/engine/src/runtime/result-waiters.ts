import { BackstepError } from '../core/backstep-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { SagaQueries, SagaRow } from '../ports/saga-queries.ts'

/** How often the waiting are looked through at most, in milliseconds. */
const tickMs = 25

/** A saga is asked about again after half as long as it has been waited for, and within these bounds, in milliseconds. */
const shortestPauseMs = 50
const longestPauseMs = 500

/** Sagas in one query. */
const askLimit = 1_000

/** What it takes to wait. */
export interface ResultWaitersOptions {
  readonly queries: Pick<SagaQueries, 'findEnded'>
  readonly clock: Clock
  readonly logger: Logger
  /** Whether a worker of this process is at the saga right now: if it ends there, that is heard of without asking. */
  readonly isAtWork: (sagaId: string) => boolean
}

interface Waiter {
  readonly resolve: (row: SagaRow) => void
  readonly reject: (error: BackstepError) => void
}

/** A saga that is waited for. */
interface Awaited {
  readonly waiters: Set<Waiter>
  readonly sinceMs: number
  askAtMs: number
}

/**
 * Callers that wait for sagas to end. A saga that ends in this process is heard of right then. About the others Postgres is
 * asked: one query for all whose time has come, however many callers there are, and ever more seldom for each.
 */
export class ResultWaiters {
  readonly #options: ResultWaitersOptions
  readonly #awaited = new Map<string, Awaited>()
  readonly #closed = new AbortController()
  #asking: Promise<void> | null = null
  /** Ends the sleep of somebody who has nothing to ask yet. */
  #nap: AbortController | null = null

  constructor(options: ResultWaitersOptions) {
    this.#options = options
  }

  /**
   * Waits for the end of a saga.
   *
   * @param timeoutMs how long to wait; null waits until `close`
   * @throws BackstepError `RESULT_TIMEOUT`, or `WORKER_STOPPED` when the client is closed first
   */
  async wait(sagaId: string, timeoutMs: number | null): Promise<SagaRow> {
    if (this.#closed.signal.aborted) throw closedError(sagaId)
    const { promise, resolve, reject } = Promise.withResolvers<SagaRow>()
    const waiter = { resolve, reject }
    const late = (): void => reject(timeoutError(sagaId, timeoutMs ?? 0))
    const callOff = timeoutMs === null ? null : this.#options.clock.after(timeoutMs, late)
    this.#add(sagaId, waiter)
    try {
      return await promise
    } finally {
      callOff?.()
      this.#remove(sagaId, waiter)
    }
  }

  /** A saga has ended: whoever waits for it need not wait any longer. */
  deliver(row: SagaRow): void {
    for (const { resolve } of this.#awaited.get(row.sagaId)?.waiters ?? []) resolve(row)
  }

  /** Turns everybody away. */
  async close(): Promise<void> {
    this.#closed.abort('closed')
    this.#wake()
    for (const [sagaId, { waiters }] of this.#awaited) {
      for (const { reject } of waiters) reject(closedError(sagaId))
    }
    await this.#asking
  }

  #add(sagaId: string, waiter: Waiter): void {
    const nowMs = this.#options.clock.monotonicMs()
    const awaited = this.#awaited.get(sagaId)
    if (awaited === undefined) {
      const waiters = new Set([waiter])
      this.#awaited.set(sagaId, { waiters, sinceMs: nowMs, askAtMs: nowMs })
      this.#wake()
    } else awaited.waiters.add(waiter)
    this.#asking ??= this.#ask()
  }

  #remove(sagaId: string, waiter: Waiter): void {
    const awaited = this.#awaited.get(sagaId)
    awaited?.waiters.delete(waiter)
    if (awaited?.waiters.size === 0) this.#awaited.delete(sagaId)
  }

  async #ask(): Promise<void> {
    const { logger } = this.#options
    while (this.#awaited.size > 0 && !this.#closed.signal.aborted) {
      try {
        await this.#look()
      } catch (error) {
        logger.warn({ err: error }, 'results could not be read; they are asked for again')
      }
      await this.#pause()
    }
    this.#asking = null
  }

  /** A tick, or more where nobody has to be asked about that soon, unless somebody comes. */
  async #pause(): Promise<void> {
    const { clock } = this.#options
    let askAtMs = clock.monotonicMs() + longestPauseMs
    for (const awaited of this.#awaited.values()) askAtMs = Math.min(askAtMs, awaited.askAtMs)
    const restMs = askAtMs - clock.monotonicMs()
    if (restMs <= tickMs || this.#awaited.size === 0) {
      return clock.sleep(tickMs, this.#closed.signal)
    }
    this.#nap = new AbortController()
    await clock.sleep(restMs, this.#nap.signal)
    this.#nap = null
  }

  #wake(): void {
    this.#nap?.abort('there is something to do')
  }

  async #look(): Promise<void> {
    const sagaIds = this.#due()
    for (let from = 0; from < sagaIds.length; from += askLimit) {
      const rows = await this.#options.queries.findEnded(sagaIds.slice(from, from + askLimit))
      for (const row of rows) this.deliver(row)
    }
    // Let the waiters that were just served leave before anybody counts them.
    await Promise.resolve()
  }

  #due(): readonly string[] {
    const { clock, isAtWork } = this.#options
    const nowMs = clock.monotonicMs()
    const due: string[] = []
    for (const [sagaId, awaited] of this.#awaited) {
      if (awaited.askAtMs > nowMs || isAtWork(sagaId)) continue
      const halfMs = (nowMs - awaited.sinceMs) / 2
      awaited.askAtMs = nowMs + Math.min(longestPauseMs, Math.max(shortestPauseMs, halfMs))
      due.push(sagaId)
    }
    return due
  }
}

function timeoutError(sagaId: string, timeoutMs: number): BackstepError {
  return new BackstepError(
    'RESULT_TIMEOUT',
    `Saga ${sagaId} had not ended after ${timeoutMs} ms. It goes on all the same; "backstep show ${sagaId}" tells where it is.`,
  )
}

function closedError(sagaId: string): BackstepError {
  return new BackstepError(
    'WORKER_STOPPED',
    `The client was closed while somebody waited for saga ${sagaId}. The saga goes on all the same.`,
  )
}
