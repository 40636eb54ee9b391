import { BackstepError, isBackstepError } from '../core/backstep-error.ts'
import type { TaskHint } from '../ports/task-store.ts'
import { toJob } from './hint-job.ts'
import type { JobSender, QueueBackend } from './queue-backend.ts'
import { toBullmqName } from './queue-name.ts'
import { settledWithin } from './settled-within.ts'

const SEND_TIMEOUT_MS = 2_000
const CLOSE_TIMEOUT_MS = 1_000

/** Sends hints of any queue, each queue's in one round trip. Connects at the first. */
export class HintProducer {
  readonly #backend: QueueBackend
  readonly #onError: (error: Error) => void
  readonly #senders = new Map<string, JobSender>()
  #closed = false

  constructor(backend: QueueBackend, onError: (error: Error) => void) {
    this.#backend = backend
    this.#onError = onError
  }

  /**
   * Sends to all queues at once, so that one that cannot be used costs the others nothing.
   *
   * @throws BackstepError `QUEUE_UNAVAILABLE` after 2 s at the latest, with some of the hints sent perhaps;
   *   `DATABASE_NOT_MIGRATED`; `ID_INVALID` for a queue's name; `WORKER_STOPPED` after `close`
   */
  async send(hints: readonly TaskHint[]): Promise<void> {
    if (this.#closed) {
      throw new BackstepError(
        'WORKER_STOPPED',
        'The queue is closed and sends nothing; dispatch before closing it.',
      )
    }
    const byQueue = Map.groupBy(hints, (hint) => hint.queue)
    const sendings = [...byQueue].map(([queue, some]) => this.#sendTo(queue, some))
    const failed = (await Promise.allSettled(sendings)).find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
  }

  /** Ends the connections, within a second also when the server is away. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const senders = [...this.#senders.values()]
    this.#senders.clear()
    await Promise.all(senders.map(closed))
    this.#backend.close()
  }

  async #sendTo(queue: string, hints: readonly TaskHint[]): Promise<void> {
    const name = toBullmqName(queue)
    try {
      const sent = this.#senderOf(name).backend.addJobs(hints.map(toJob))
      await settledWithin(sent, SEND_TIMEOUT_MS)
    } catch (error) {
      throw this.#explain(error, queue, hints.length)
    }
  }

  #senderOf(name: string): JobSender {
    const known = this.#senders.get(name)
    if (known !== undefined) return known
    const sender = this.#backend.openSender(name)
    this.#senders.set(name, sender)
    sender.on('error', this.#onError)
    // BullMQ remembers for ever that it could not begin: the next hint begins anew.
    void sender.waitUntilReady().catch(() => {
      if (this.#senders.get(name) === sender) this.#senders.delete(name)
      return closed(sender)
    })
    return sender
  }

  #explain(error: unknown, queue: string, count: number): BackstepError {
    const explained = this.#backend.explain(error)
    if (isBackstepError(explained)) return explained
    const reason = error instanceof Error ? error.message : String(error)
    return new BackstepError(
      'QUEUE_UNAVAILABLE',
      `${count} hints could not be sent to the queue "${queue}": ${reason}. Their tasks are found by the sweep; see that the queue's server is up and has room.`,
      { cause: error },
    )
  }
}

/** Resolves in any case: what cannot be ended in order is left to its connection's end. */
const closed = async (sender: JobSender): Promise<void> => {
  await settledWithin(sender.close(), CLOSE_TIMEOUT_MS).catch(() => {})
}
