import type { SagaSettled, StepEnded, WorkerObserver } from '@backstep/engine'

interface Waiter {
  readonly settled: number
  readonly resolve: () => void
}

/** Counts what a worker does. */
export class WorkerTally implements Partial<WorkerObserver> {
  steps = 0
  settled = 0
  #waiters: Waiter[] = []

  stepEnded({ outcome }: StepEnded): void {
    if (outcome === 'succeeded') this.steps += 1
  }

  sagaSettled({ status }: SagaSettled): void {
    if (status !== 'completed') return
    this.settled += 1
    if (!this.#waiters.some(({ settled }) => settled <= this.settled)) return
    const due = this.#waiters.filter(({ settled }) => settled <= this.settled)
    this.#waiters = this.#waiters.filter(({ settled }) => settled > this.settled)
    for (const { resolve } of due) resolve()
  }

  /** Resolves when so many sagas are completed. */
  untilSettled(sagas: number): Promise<void> {
    if (this.settled >= sagas) return Promise.resolve()
    return new Promise((resolve) => this.#waiters.push({ settled: sagas, resolve }))
  }
}
