import type { Clock } from '../ports/clock.ts'
import type { LogFields, Logger } from '../ports/logger.ts'
import type { Consumer } from '../ports/task-queue.ts'

/** What the watch over one queue's consumer works with. */
export interface WatchedConsumerOptions {
  readonly queue: string
  /** Begins to consume; may throw. `heard` is to be called for each hint. */
  readonly open: (heard: () => void) => Consumer
  readonly clock: Clock
  readonly logger: Logger
}

/** A consumer that has been silent for that long is replaced. */
const longestSilenceMs = 5_000

/** The time from one replacement to the next at first; it doubles each time. */
const firstPauseMs = 5_000
const longestPauseMs = 60_000

/** After that long without silence, the next one is a new story. */
const recoveredMs = 30_000

/**
 * The consumer of one queue under a watchdog: whatever keeps it from taking hints, another one takes its place.
 *
 * I1. It is silent when the queue does not answer it, or when sweeps keep finding tasks whose hints should have come while no
 *     hint comes.
 * I2. Silence that lasts is answered with a replacement; the time between two replacements doubles.
 * I3. Nothing waits for the end of the one that is replaced: it may hang with its connection, or with its last turns.
 * I4. One that cannot be opened is tried again in the same way.
 */
export class WatchedConsumer {
  readonly #options: WatchedConsumerOptions
  readonly #closing = new Set<Promise<void>>()
  #consumer: Consumer | null
  #deafSinceMs: number | null = null
  #missedSinceMs: number | null = null
  #wellSinceMs: number | null = null
  #nextAtMs = 0
  #pauseMs = firstPauseMs
  #taken = 0
  #replaced = 0
  #isClosed = false

  /** Opens the first one, and throws when that is refused: it is how a mistake in the configuration shows. */
  constructor(options: WatchedConsumerOptions) {
    this.#options = options
    this.#consumer = this.#open()
  }

  get queue(): string {
    return this.#options.queue
  }

  /** Whether the queue answers. */
  get isTaking(): boolean {
    return this.#consumer?.isTaking ?? false
  }

  /** How many hints have come. */
  get taken(): number {
    return this.#taken
  }

  /** How often another one has taken its place. */
  get replaced(): number {
    return this.#replaced
  }

  /** A sweep with room for tasks has found some whose hints should have come, or has found none. */
  swept(hasMissed: boolean): void {
    this.#missedSinceMs = hasMissed ? (this.#missedSinceMs ?? this.#nowMs) : null
  }

  /** Looks after it; to be called every now and then. */
  check(): void {
    if (this.#isClosed) return
    const nowMs = this.#nowMs
    this.#deafSinceMs = this.isTaking ? null : (this.#deafSinceMs ?? nowMs)
    const silentSinceMs = this.#deafSinceMs ?? this.#missedSinceMs // I1
    if (silentSinceMs === null) {
      this.#wellSinceMs ??= nowMs
      if (nowMs - this.#wellSinceMs >= recoveredMs) this.#pauseMs = firstPauseMs
      return
    }
    this.#wellSinceMs = null
    const silentMs = nowMs - silentSinceMs
    if (silentMs >= longestSilenceMs && nowMs >= this.#nextAtMs) this.#replace(silentMs)
  }

  /** Takes no more hints; resolves when those in hand have settled, those of replaced ones among them. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#consumer !== null) this.#end(this.#consumer)
    this.#consumer = null
    await Promise.all(this.#closing)
  }

  get #nowMs(): number {
    return this.#options.clock.monotonicMs()
  }

  #open(): Consumer {
    return this.#options.open(() => {
      this.#taken += 1
      this.#missedSinceMs = null
    })
  }

  #replace(silentMs: number): void {
    const { queue } = this.#options
    const isFirst = this.#pauseMs === firstPauseMs
    this.#nextAtMs = this.#nowMs + this.#pauseMs // I2
    this.#pauseMs = Math.min(2 * this.#pauseMs, longestPauseMs)
    this.#deafSinceMs = null
    this.#missedSinceMs = null
    if (this.#consumer !== null) this.#end(this.#consumer)
    this.#consumer = null
    try {
      this.#consumer = this.#open()
      this.#replaced += 1
      this.#report({ queue, silentMs }, 'a consumer that had gone silent was replaced', isFirst)
    } catch (error) {
      const message = 'a consumer that had gone silent could not be replaced yet' // I4
      this.#report({ err: error, queue }, message, isFirst)
    }
  }

  /** While the server is away for long, once is enough to say it. */
  #report(fields: LogFields, message: string, isFirst: boolean): void {
    const { logger } = this.#options
    if (isFirst) logger.warn(fields, message)
    else logger.debug(fields, message)
  }

  #end(consumer: Consumer): void {
    const { queue, logger } = this.#options
    const closing = consumer.close().catch((error: unknown) => {
      logger.warn({ err: error, queue }, 'a consumer did not close in order')
    })
    this.#closing.add(closing) // I3
    void closing.finally(() => this.#closing.delete(closing))
  }
}
