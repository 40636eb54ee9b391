import type { KnownLimits } from './known-limits.ts'
import { LimitedQueue, type LimitedQueuePorts } from './limited-queue.ts'

/** What the limited queues of a worker are taken care of with. */
export interface LimitedQueuesOptions {
  /** The queues that the worker serves. */
  readonly queues: readonly string[]
  readonly known: KnownLimits
  readonly ports: LimitedQueuePorts
}

/** Those queues of a worker that have limits, now this one and now that one. */
export class LimitedQueues {
  readonly #options: LimitedQueuesOptions
  readonly #queues = new Map<string, LimitedQueue>()

  constructor(options: LimitedQueuesOptions) {
    this.#options = options
  }

  /** Whether tasks of this queue are only to be taken within limits. */
  has(queue: string): boolean {
    return this.#options.known.has(queue)
  }

  /** The names of all queues with limits, served here or not. */
  get names(): readonly string[] {
    return this.#options.known.queues
  }

  /** Reads which queues have limits. */
  refresh(): Promise<void> {
    return this.#options.known.refresh()
  }

  /** A queue may have work, or room for it. */
  wake(queue: string): void {
    const { ports, queues } = this.#options
    if (!queues.includes(queue)) return
    let limited = this.#queues.get(queue)
    if (limited === undefined) {
      limited = new LimitedQueue(queue, ports)
      this.#queues.set(queue, limited)
    }
    limited.wake()
  }

  /** Any of them may. */
  wakeAll(): void {
    for (const queue of this.names) this.wake(queue)
  }

  /** No more tasks are taken. Resolves when the last requests are over. */
  async stop(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.stop()))
  }
}
