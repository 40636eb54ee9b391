import type { SagaStatus } from '@backstep/engine'

/** The status words, in the order of a saga's life. */
export const sagaStatuses: readonly SagaStatus[] = [
  'running',
  'compensating',
  'stuck',
  'completed',
  'compensated',
  'partially_compensated',
  'abandoned',
]

/** Whether a text is a status word. */
export function isSagaStatus(text: string): text is SagaStatus {
  return sagaStatuses.some((status) => status === text)
}
