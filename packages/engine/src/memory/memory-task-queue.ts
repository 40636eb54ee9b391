import { BackstepError } from '../core/backstep-error.ts'
import type { ConsumeOptions, Consumer, TaskQueue } from '../ports/task-queue.ts'
import type { TaskHint } from '../ports/task-store.ts'
import { MemoryConsumer } from './memory-consumer.ts'

/** How a memory queue is bounded. */
export interface MemoryTaskQueueOptions {
  /** How many hints of one queue may wait; what comes on top is lost, as a queue may. 10,000 unless said otherwise. */
  readonly capacity?: number
}

/**
 * A queue in the memory of this process. Hints arrive after `dispatch` has returned, in the order in which they were sent;
 * one that is sent again while it waits is taken once. Hints without a consumer wait for one.
 */
export class MemoryTaskQueue implements TaskQueue {
  readonly #capacity: number
  readonly #waiting = new Map<string, Map<string, TaskHint>>()
  readonly #consumers = new Map<string, Set<MemoryConsumer>>()
  #closed = false

  constructor({ capacity = 10_000 }: MemoryTaskQueueOptions = {}) {
    this.#capacity = capacity
  }

  /**
   * @throws BackstepError `WORKER_STOPPED` after `close`
   */
  async dispatch(hints: readonly TaskHint[]): Promise<void> {
    if (this.#closed) {
      throw new BackstepError(
        'WORKER_STOPPED',
        'The queue is closed and sends nothing; dispatch before closing it.',
      )
    }
    for (const hint of hints) this.#keep(hint)
    for (const queue of new Set(hints.map((hint) => hint.queue))) {
      for (const consumer of this.#consumers.get(queue) ?? []) consumer.wake()
    }
  }

  /**
   * @throws BackstepError `CONFIGURATION_INVALID` for a concurrency below 1
   */
  consume(queue: string, options: ConsumeOptions): Consumer {
    const { concurrency } = options
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw new BackstepError(
        'CONFIGURATION_INVALID',
        `${concurrency} is no concurrency for the queue "${queue}": use a whole number from 1.`,
      )
    }
    const consumers = this.#consumers.get(queue) ?? new Set()
    this.#consumers.set(queue, consumers)
    const consumer = new MemoryConsumer({
      ...options,
      take: () => this.#take(queue),
      onClosed: () => consumers.delete(consumer),
    })
    consumers.add(consumer)
    consumer.wake()
    return consumer
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  #keep(hint: TaskHint): void {
    const waiting = this.#waiting.get(hint.queue) ?? new Map<string, TaskHint>()
    this.#waiting.set(hint.queue, waiting)
    const { sagaId, branch, queue, nonce } = hint
    const name = `${sagaId}.${branch}.${nonce}`
    if (waiting.has(name) || waiting.size >= this.#capacity) return
    waiting.set(name, { sagaId, branch, queue, nonce })
  }

  #take(queue: string): TaskHint | undefined {
    const waiting = this.#waiting.get(queue)
    for (const [name, hint] of waiting ?? []) {
      waiting?.delete(name)
      return hint
    }
    return undefined
  }
}
