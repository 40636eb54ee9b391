import { WaitingError } from 'bullmq'

import type { ConsumeOptions, Consumer } from '../ports/task-queue.ts'
import { FetchWatch } from './fetch-watch.ts'
import { toHint } from './hint-job.ts'
import type { OpenTaker, QueueBackend, TakenJob } from './queue-backend.ts'
import type { QueueTrouble } from './queue-trouble.ts'
import { toBullmqName } from './queue-name.ts'
import { settledWithin } from './settled-within.ts'

const REOPEN_MS = 1_000
const CLOSE_TIMEOUT_MS = 2_000

/** What a consumer works with. */
export interface BullmqConsumerOptions extends Pick<ConsumeOptions, 'concurrency' | 'onHint'> {
  readonly queue: string
  readonly backend: QueueBackend
  readonly trouble: QueueTrouble
}

/**
 * Takes hints of one queue. A job is acknowledged when its hint has been dealt with, never before and whatever came of it;
 * what becomes of the acknowledgement matters to nobody. Trouble with the server ends when the server is back.
 */
export class BullmqConsumer implements Consumer {
  readonly #options: BullmqConsumerOptions
  readonly #name: string
  readonly #fetches = new FetchWatch()
  #inHand = 0
  /** Resolved when a consumer that closes has dealt with its last hint. */
  readonly #emptied = Promise.withResolvers<void>()
  #open: OpenTaker
  #reopening: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined

  /**
   * @throws BackstepError `ID_INVALID` for a queue's name that cannot be used
   */
  constructor(options: BullmqConsumerOptions) {
    this.#options = options
    this.#name = toBullmqName(options.queue)
    this.#open = this.#openTaker()
  }

  get isTaking(): boolean {
    return this.#inHand >= this.#options.concurrency || this.#fetches.isTaking
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    clearTimeout(this.#reopening)
    const { taker, disconnect } = this.#open
    const ended = taker.close()
    if (this.#inHand > 0) await this.#emptied.promise
    // What is left are acknowledgements and connections, which may hang for as long as the server is away.
    await settledWithin(ended, CLOSE_TIMEOUT_MS).catch(() => {})
    disconnect()
    this.#options.trouble.close()
  }

  #openTaker(): OpenTaker {
    const { backend, concurrency, trouble } = this.#options
    const open = backend.openTaker(this.#name, {
      concurrency,
      process: (job, token) => this.#take(job, token),
      fetches: this.#fetches,
    })
    open.taker.on('error', (error) => {
      this.#fetches.failed()
      trouble.ofServer(error)
    })
    // BullMQ remembers for ever that it could not begin.
    void open.taker.waitUntilReady().catch((error: unknown) => this.#reopen(open, error))
    return open
  }

  #reopen(broken: OpenTaker, error: unknown): void {
    if (this.#closing !== undefined) return
    this.#options.trouble.ofServer(error)
    this.#reopening = setTimeout(() => {
      void broken.taker.close().catch(() => {})
      broken.disconnect()
      this.#open = this.#openTaker()
    }, REOPEN_MS)
  }

  async #take(job: TakenJob, token: string | undefined): Promise<void> {
    this.#fetches.jobCame()
    if (this.#closing !== undefined) await putBack(job, token)
    const hint = toHint(job.data, this.#options.queue)
    if (hint === undefined) {
      this.#options.trouble.ofJob(job.id)
      return
    }
    this.#inHand += 1
    try {
      await this.#options.onHint(hint)
    } catch (error) {
      this.#options.trouble.ofHint(hint, error)
    } finally {
      if (this.#inHand === this.#options.concurrency) this.#fetches.roomCame()
      this.#inHand -= 1
      if (this.#inHand === 0 && this.#closing !== undefined) this.#emptied.resolve()
    }
  }
}

/** Leaves a job to others that was fetched while this consumer closed. */
const putBack = async (job: TakenJob, token: string | undefined): Promise<never> => {
  await job.moveToWait(token)
  throw new WaitingError()
}
