import { BackstepError } from '../core/backstep-error.ts'
import type { Logger } from '../ports/logger.ts'
import type { ConsumeOptions, Consumer, TaskQueue } from '../ports/task-queue.ts'
import type { TaskHint } from '../ports/task-store.ts'
import { BullmqConsumer } from './bullmq-consumer.ts'
import { HintProducer } from './hint-producer.ts'
import type { QueueBackend } from './queue-backend.ts'
import { QueueTrouble } from './queue-trouble.ts'

/** Carries hints over BullMQ. It may lose, repeat and delay them: the tasks are in Postgres, and a sweep finds them. */
export class BullmqTaskQueue implements TaskQueue {
  readonly sharesStore: boolean
  readonly #backend: QueueBackend
  readonly #logger: Logger
  readonly #producer: HintProducer
  readonly #trouble: QueueTrouble

  constructor(backend: QueueBackend, logger: Logger) {
    this.sharesStore = backend.sharesStore
    this.#backend = backend
    this.#logger = logger
    this.#trouble = this.#troubleOf('(sending)')
    this.#producer = new HintProducer(backend, (error) => this.#trouble.ofServer(error))
  }

  /**
   * @throws BackstepError `QUEUE_UNAVAILABLE`, after 2 s at the latest; `DATABASE_NOT_MIGRATED`; `ID_INVALID`;
   *   `WORKER_STOPPED`
   */
  async dispatch(hints: readonly TaskHint[]): Promise<void> {
    await this.#producer.send(hints)
  }

  /**
   * Trouble is logged here, at a pace that one can read; `onError` hears what is logged, and need not log it again.
   *
   * @throws BackstepError `ID_INVALID` for a queue's name, `CONFIGURATION_INVALID` for a concurrency below 1
   */
  consume(queue: string, { concurrency, onHint, onError }: ConsumeOptions): Consumer {
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw new BackstepError(
        'CONFIGURATION_INVALID',
        `${concurrency} is no concurrency for the queue "${queue}": use a whole number from 1.`,
      )
    }
    const trouble = this.#troubleOf(queue, onError)
    return new BullmqConsumer({ queue, concurrency, onHint, backend: this.#backend, trouble })
  }

  async close(): Promise<void> {
    await this.#producer.close()
    this.#trouble.close()
  }

  #troubleOf(queue: string, onError?: (error: Error) => void): QueueTrouble {
    const explain = (error: unknown): unknown => this.#backend.explain(error)
    return new QueueTrouble({ queue, logger: this.#logger, explain, onError })
  }
}
