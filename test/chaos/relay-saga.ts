import { defineSaga } from '@backstep/engine'
import { z } from 'zod'

/** How often each step of each saga was run. */
export type RunBook = Map<string, number>

/** A saga that is passed from one queue to the other and back, and writes down what it does. */
export const relaySaga = (book: RunBook) => {
  const run = ({ sagaId, step }: { readonly sagaId: string; readonly step: string }): void => {
    const name = `${sagaId} ${step}`
    book.set(name, (book.get(name) ?? 0) + 1)
  }
  return defineSaga({ name: 'relay', version: 1, input: z.object({}) })
    .step('first', { queue: 'left', action: run, compensation: () => {} })
    .step('second', { queue: 'right', action: run, compensation: () => {} })
    .step('third', { queue: 'left', action: run, compensation: () => {} })
}

/** As many tasks as one such saga has. */
export const tasksOfRelay = 3
