import type { SagaRow } from '@backstep/engine'

/** How many sagas are in which status. */
export interface SagaCounts {
  readonly started: number
  readonly running: number
  readonly compensating: number
  readonly completed: number
  readonly compensated: number
  readonly stuck: number
}

/** Counts sagas by status. */
export function countSagas(sagas: readonly SagaRow[]): SagaCounts {
  const count = (status: SagaRow['status']): number =>
    sagas.filter((saga) => saga.status === status).length
  return {
    started: sagas.length,
    running: count('running'),
    compensating: count('compensating'),
    completed: count('completed'),
    compensated: count('compensated'),
    stuck: count('stuck'),
  }
}

/** How many have come to an end. */
export function endedOf({ completed, compensated }: SagaCounts): number {
  return completed + compensated
}
