import type { SagaFailure } from '../core/failure.ts'
import type { SagaRow } from '../ports/saga-queries.ts'

/** How a saga ended. A saga that is stuck has not ended: it can still be mended. */
export type SagaResult<Output> =
  | { readonly status: 'completed'; readonly sagaId: string; readonly output: Output }
  | {
      readonly status: 'compensated' | 'partially_compensated' | 'abandoned'
      readonly sagaId: string
      /** The first cause. */
      readonly failure: SagaFailure | null
    }

/** Whether a saga has come to its end. */
export function hasEnded({ status }: SagaRow): boolean {
  return status !== 'running' && status !== 'compensating' && status !== 'stuck'
}

/** The result of a saga that has ended. */
export function resultOf<Output>(row: SagaRow): SagaResult<Output> {
  const { sagaId, status, failure } = row
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The journal keeps values; their types are the builder's.
  if (status === 'completed') return { status, sagaId, output: row.output as Output }
  if (status === 'compensated' || status === 'partially_compensated' || status === 'abandoned') {
    return { status, sagaId, failure }
  }
  throw new RangeError(`Saga ${sagaId} is ${status}, which is not an end.`)
}
