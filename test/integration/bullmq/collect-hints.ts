import type { Consumer, TaskQueue } from '../../../packages/engine/src/ports/task-queue.ts'
import type { TaskHint } from '../../../packages/engine/src/ports/task-store.ts'
import { eventually } from '../../support/eventually.ts'
import { freshHint } from './fresh-hint.ts'

/** Consumes a queue and keeps what came and what was reported. */
export const collectHints = (
  taskQueue: TaskQueue,
  queue: string,
  options: CollectOptions = {},
): Collected => {
  const hints: TaskHint[] = []
  const errors: Error[] = []
  const { concurrency = 10, onHint = async () => {} } = options
  const consumer = taskQueue.consume(queue, {
    concurrency,
    onHint: (hint) => {
      hints.push(hint)
      return onHint(hint)
    },
    onError: (error) => void errors.push(error),
  })
  return { hints, errors, consumer }
}

export type CollectOptions = {
  readonly concurrency?: number
  readonly onHint?: (hint: TaskHint) => Promise<void>
}

export type Collected = {
  readonly hints: readonly TaskHint[]
  readonly errors: readonly Error[]
  readonly consumer: Consumer
}

/** Sends hints to the queue `default`, as a sweep would, and says whether one arrived in time. */
export const arrivesWithin = async (
  timeoutMs: number,
  { taskQueue, hints }: Pick<Collected, 'hints'> & { readonly taskQueue: TaskQueue },
): Promise<boolean> => {
  const before = hints.length
  const send = async (): Promise<boolean> => {
    await taskQueue.dispatch([freshHint('default')])
    if (hints.length === before) throw new Error('No hint has arrived.')
    return true
  }
  return eventually(send, { timeoutMs, what: 'that a hint arrives' })
}
