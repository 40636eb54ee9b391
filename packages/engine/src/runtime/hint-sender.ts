import type { Logger } from '../ports/logger.ts'
import type { TaskQueue } from '../ports/task-queue.ts'
import type { TaskHint } from '../ports/task-store.ts'

/** More hints than this wait for a queue that does not answer: the rest is left to the sweep. */
const maximumPending = 10_000

/**
 * Sends hints after commits, in bulk: what comes while one sending is under way goes with the next. Nobody waits for it
 * and nobody fails by it, because a hint that is lost only makes its task late.
 */
export class HintSender {
  readonly #queue: Pick<TaskQueue, 'dispatch'>
  readonly #logger: Logger
  readonly #listeners = new Set<(hints: number) => void>()
  #pending: TaskHint[] = []
  #sending: Promise<void> | null = null

  constructor(options: HintSenderOptions) {
    this.#queue = options.queue
    this.#logger = options.logger
  }

  /** Takes hints and returns at once. */
  send(hints: readonly TaskHint[]): void {
    const room = maximumPending - this.#pending.length
    this.#pending.push(...hints.slice(0, room))
    if (hints.length > room) this.#failed(hints.length - room, new Error('Too many hints wait.'))
    this.#sending ??= this.#run()
  }

  /**
   * Calls the listener with the number of hints whenever some were given up.
   *
   * @returns ends that
   */
  onFailure(listener: (hints: number) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Resolves when what was taken so far has been sent or given up. */
  async flush(): Promise<void> {
    await this.#sending
  }

  async #run(): Promise<void> {
    // Let the hints of the same tick gather before the first one goes.
    await Promise.resolve()
    while (this.#pending.length > 0) {
      const hints = this.#pending.splice(0, 1_000)
      try {
        await this.#queue.dispatch(hints)
      } catch (error) {
        this.#failed(hints.length, error)
      }
    }
    this.#sending = null
  }

  #failed(hints: number, error: unknown): void {
    for (const listener of this.#listeners) listener(hints)
    this.#logger.warn({ err: error, hints }, 'hints could not be sent; the sweep finds their tasks')
  }
}

/** What a hint sender needs. */
export interface HintSenderOptions {
  readonly queue: Pick<TaskQueue, 'dispatch'>
  readonly logger: Logger
}
