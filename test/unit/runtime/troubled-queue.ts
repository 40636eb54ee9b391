import { MemoryTaskQueue } from '../../../packages/engine/src/memory/index.ts'
import type {
  ConsumeOptions,
  Consumer,
  TaskQueue,
} from '../../../packages/engine/src/ports/task-queue.ts'
import type { TaskHint } from '../../../packages/engine/src/ports/task-store.ts'

/** A queue that refuses hints and brings none, when the test says so. */
export class TroubledQueue implements TaskQueue {
  readonly sharesStore: boolean
  readonly #inner = new MemoryTaskQueue()
  /** How often hints were to be sent. */
  sendings = 0
  refuses = false
  isTaking = true

  /** @param sharesStore for a queue that lives in the store */
  constructor(sharesStore = false) {
    this.sharesStore = sharesStore
  }

  fail(): void {
    this.refuses = true
    this.isTaking = false
  }

  heal(): void {
    this.refuses = false
    this.isTaking = true
  }

  async dispatch(hints: readonly TaskHint[]): Promise<void> {
    this.sendings += 1
    if (this.refuses) throw new Error('The queue is away, says the test.')
    await this.#inner.dispatch(hints)
  }

  consume(queue: string, options: ConsumeOptions): Consumer {
    const consumer = this.#inner.consume(queue, options)
    const isTaking = (): boolean => this.isTaking
    return {
      get isTaking() {
        return isTaking()
      },
      close: () => consumer.close(),
    }
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}
