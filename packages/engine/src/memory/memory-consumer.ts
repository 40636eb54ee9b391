import type { ConsumeOptions, Consumer } from '../ports/task-queue.ts'
import type { TaskHint } from '../ports/task-store.ts'

/** What a consumer works with. */
export interface MemoryConsumerOptions extends ConsumeOptions {
  /** Gives the next hint that waits, and forgets it. */
  readonly take: () => TaskHint | undefined
  readonly onClosed: () => void
}

/** Takes hints of one queue, at most `concurrency` at once. A handler that fails is reported, and its hint forgotten. */
export class MemoryConsumer implements Consumer {
  readonly #options: MemoryConsumerOptions
  readonly #inHand = new Set<Promise<void>>()
  #awake = false
  #closed = false

  constructor(options: MemoryConsumerOptions) {
    this.#options = options
  }

  get isTaking(): boolean {
    return !this.#closed
  }

  /** Looks for hints soon, but not before the caller has gone on. */
  wake(): void {
    if (this.#awake || this.#closed) return
    this.#awake = true
    queueMicrotask(() => this.#fill())
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#options.onClosed()
    while (this.#inHand.size > 0) await Promise.all(this.#inHand)
  }

  #fill(): void {
    this.#awake = false
    while (!this.#closed && this.#inHand.size < this.#options.concurrency) {
      const hint = this.#options.take()
      if (hint === undefined) return
      const handled = this.#handle(hint)
      this.#inHand.add(handled)
      void handled.finally(() => {
        this.#inHand.delete(handled)
        this.wake()
      })
    }
  }

  async #handle(hint: TaskHint): Promise<void> {
    try {
      await this.#options.onHint(hint)
    } catch (error) {
      this.#options.onError(error instanceof Error ? error : new Error(String(error)))
    }
  }
}
