import type { Order } from '../src/workload/order.ts'
import type { SagaRun } from '../src/runner/bench-system.ts'

type Caller = {
  readonly resolve: (run: SagaRun) => void
  readonly reject: (error: unknown) => void
}

/**
 * Callers that wait for an order, told in this process: for job queues, which have no result to
 * await. The last job of a chain tells the caller before it is itself marked as done, which
 * favors the queue.
 */
export class WaitingCallers {
  readonly #callers = new Map<string, Caller>()

  /** Starts an order and resolves when `tell` is called for it. */
  async run(order: Order, start: () => Promise<unknown>): Promise<SagaRun> {
    const { promise, resolve, reject } = Promise.withResolvers<SagaRun>()
    this.#callers.set(order.orderId, { resolve, reject })
    await start()
    return promise
  }

  /** Tells the caller of an order how it ended. */
  tell(orderId: string, end: SagaRun['end']): void {
    this.#take(orderId)?.resolve({ end })
  }

  /** Tells every caller that the system broke. */
  fail(error: unknown): void {
    for (const orderId of this.#callers.keys()) this.#take(orderId)?.reject(error)
  }

  #take(orderId: string): Caller | undefined {
    const caller = this.#callers.get(orderId)
    this.#callers.delete(orderId)
    return caller
  }
}
