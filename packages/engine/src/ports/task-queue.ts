import type { TaskHint } from './task-store.ts'

/**
 * Carries hints from whoever makes a task to whoever may work on it. It may lose, repeat, reorder and forge them, and may
 * be away altogether: nothing is decided by it.
 */
export interface TaskQueue {
  /**
   * Set for a queue that lives in the store's own server: while that is in trouble, asking the store instead of the queue
   * is no way out.
   */
  readonly sharesStore?: boolean

  /**
   * Sends hints.
   *
   * @throws when the queue could not be reached in time; never hangs. The tasks are found by a sweep then.
   */
  dispatch(hints: readonly TaskHint[]): Promise<void>

  /** Begins to take hints of one queue. */
  consume(queue: string, options: ConsumeOptions): Consumer

  /** Ends the sending side. Consumers are closed by whoever has them. */
  close(): Promise<void>
}

/** How hints are taken. */
export interface ConsumeOptions {
  /** How many hints may be in hand at once. */
  readonly concurrency: number
  /** Called for each hint; the queue forgets the hint when it settles, whatever the outcome. */
  readonly onHint: (hint: TaskHint) => Promise<void>
  /** Called when the queue has trouble; it goes on by itself. */
  readonly onError: (error: Error) => void
}

/** The taking side of one queue. */
export interface Consumer {
  /**
   * Whether a hint would come if there were one: false until the queue has answered for the first time, and whenever it
   * has refused, was slow, or has said nothing for longer than it should.
   */
  readonly isTaking: boolean

  /** Takes no more hints, and resolves when those in hand have settled. */
  close(): Promise<void>
}
