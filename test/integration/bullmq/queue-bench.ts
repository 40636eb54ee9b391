import { randomUUID } from 'node:crypto'

import { createBullmqTaskQueue } from '@backstep/engine/bullmq'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'

import type { TaskQueue } from '../../../packages/engine/src/ports/task-queue.ts'
import { eventually } from '../../support/eventually.ts'
import { collectHints, type Collected, type CollectOptions } from './collect-hints.ts'
import type { BullmqQueue, TestQueueServer } from './queue-servers.ts'
import { recordedLogger, type RecordedLine } from './recorded-logger.ts'

/** A task queue for the tests of one group, with a name for each test. */
export class QueueBench {
  readonly lines: RecordedLine[]
  readonly #leftovers: (() => Promise<unknown>)[] = []
  #server: TestQueueServer | undefined
  #taskQueue: TaskQueue | undefined
  queue = ''

  constructor(startServer: () => Promise<TestQueueServer>) {
    const { lines, logger } = recordedLogger()
    this.lines = lines
    beforeAll(async () => {
      this.#server = await startServer()
      this.#taskQueue = createBullmqTaskQueue({ ...this.#server, logger })
    })
    beforeEach(() => {
      this.queue = `queue-${randomUUID()}`
    })
    afterEach(async () => {
      await Promise.all(this.#leftovers.splice(0).map((close) => close()))
      lines.length = 0
    })
    afterAll(async () => {
      await this.#taskQueue?.close()
      await this.#server?.close()
    })
  }

  get taskQueue(): TaskQueue {
    return given(this.#taskQueue)
  }

  get server(): TestQueueServer {
    return given(this.#server)
  }

  /** Consumes until the end of the test. */
  consume(options: CollectOptions & { readonly from?: string } = {}): Collected {
    const collected = collectHints(this.taskQueue, options.from ?? this.queue, options)
    this.#leftovers.push(() => collected.consumer.close())
    return collected
  }

  /** BullMQ's own queue of the test's name. */
  bullmqQueue(): BullmqQueue {
    const bullmq = this.server.bullmqQueue(this.queue)
    this.#leftovers.push(() => bullmq.close())
    return bullmq
  }

  /** The states in which BullMQ still has jobs of the test's queue, when there has been time for them to end. */
  async leftStates(): Promise<readonly string[]> {
    const bullmq = this.bullmqQueue()
    const look = async (): Promise<readonly string[]> =>
      Object.entries(await bullmq.getJobCounts()).flatMap(([name, count]) =>
        count > 0 ? name : [],
      )
    const empty = async (): Promise<readonly string[]> => {
      if ((await look()).length > 0) throw new Error('BullMQ still has jobs.')
      return []
    }
    return eventually(empty, { timeoutMs: 3_000 }).catch(look)
  }
}

const given = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('The bench has not been started.')
  return value
}
