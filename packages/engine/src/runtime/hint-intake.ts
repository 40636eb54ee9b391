import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Consumer, TaskQueue } from '../ports/task-queue.ts'
import type { OverdueTask, TaskHint } from '../ports/task-store.ts'
import type { HintSender } from './hint-sender.ts'
import { WatchedConsumer } from './watched-consumer.ts'

/** What an intake works with. */
export interface HintIntakeOptions {
  readonly queue: TaskQueue
  readonly queues: readonly string[]
  readonly concurrency: number
  readonly onHint: (hint: TaskHint) => Promise<void>
  readonly hints: Pick<HintSender, 'circuit' | 'onCircuit'>
  readonly clock: Clock
  readonly logger: Logger
}

const checkEveryMs = 500

/** So many checks in a row make it sure that a consumer does not take: one may come at a moment when all is slow. */
const checksToDoubt = 2

/**
 * How the hints of a worker's queues come to it, and whether they do. It is degraded while nothing can be sent from this
 * process, or a consumer does not take: then the worker looks for its tasks itself. Consumers that stay silent are replaced.
 * Of a queue that lives in the store nothing is watched.
 */
export class HintIntake {
  readonly #options: HintIntakeOptions
  readonly #consumers: WatchedConsumer[] = []
  readonly #listeners = new Set<() => void>()
  #doubts = 0
  #isDegraded = false

  constructor(options: HintIntakeOptions) {
    this.#options = options
  }

  /** Whether hints cannot be relied on. */
  get isDegraded(): boolean {
    return this.#isDegraded
  }

  /** How many hints have come. */
  get taken(): number {
    return this.#consumers.reduce((sum, { taken }) => sum + taken, 0)
  }

  /** How many consumers had gone silent and were replaced. */
  get replaced(): number {
    return this.#consumers.reduce((sum, { replaced }) => sum + replaced, 0)
  }

  /** Begins to take hints. */
  open(): void {
    const { queues, clock, logger } = this.#options
    for (const queue of queues) {
      const open = (heard: () => void): Consumer => this.#consume(queue, heard)
      this.#consumers.push(new WatchedConsumer({ queue, open, clock, logger }))
    }
  }

  /** Watches until the signal is aborted. */
  async watch(signal: AbortSignal): Promise<void> {
    const { queue, hints, clock } = this.#options
    if (queue.sharesStore === true) return
    const stopListening = hints.onCircuit(() => this.#judge())
    while (!signal.aborted) {
      for (const consumer of this.#consumers) consumer.check()
      this.#doubts = this.#consumers.every(({ isTaking }) => isTaking) ? 0 : this.#doubts + 1
      this.#judge()
      await clock.sleep(checkEveryMs, signal)
    }
    stopListening()
  }

  /** A sweep with room for more has found these tasks of our queues overdue, and no others. */
  swept(found: readonly OverdueTask[]): void {
    for (const consumer of this.#consumers) {
      consumer.swept(found.some(({ queue, hinted }) => hinted && queue === consumer.queue))
    }
  }

  /** Resolves when it has become degraded or is so no more, or when the signal is aborted. */
  async change(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const done = (): void => resolve()
    this.#listeners.add(done)
    signal.addEventListener('abort', done, { once: true })
    await promise
    this.#listeners.delete(done)
    signal.removeEventListener('abort', done)
  }

  /** Takes no more hints; resolves when those in hand have settled. */
  async close(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.close()))
  }

  #consume(queue: string, heard: () => void): Consumer {
    const { concurrency, onHint, logger } = this.#options
    return this.#options.queue.consume(queue, {
      concurrency,
      onHint: (hint) => {
        heard()
        return onHint(hint)
      },
      onError: (error) => logger.warn({ err: error, queue }, 'queue trouble'),
    })
  }

  #judge(): void {
    const { hints, logger, queues } = this.#options
    const isDegraded = hints.circuit !== 'closed' || this.#doubts >= checksToDoubt
    if (isDegraded === this.#isDegraded) return
    this.#isDegraded = isDegraded
    if (isDegraded) {
      const fields = { queues, circuit: hints.circuit, silent: this.#silent() }
      logger.warn(
        fields,
        'the queue cannot be relied on: tasks are taken straight from the database',
      )
    } else {
      logger.info({ queues }, 'the queue can be relied on again: tasks are taken by their hints')
    }
    for (const listener of this.#listeners) listener()
  }

  #silent(): readonly string[] {
    return this.#consumers.flatMap(({ isTaking, queue }) => (isTaking ? [] : [queue]))
  }
}
