import type { Observation } from '../../packages/engine/src/core/observation.ts'
import type { SagaDecision } from '../../packages/engine/src/core/saga-decision.ts'
import type { SagaState } from '../../packages/engine/src/core/state.ts'

/** A journal row on its way: the state that it follows, what was decided, and the state that it makes. */
export interface RowCase {
  readonly before: SagaState
  readonly after: SagaState
  readonly decision: SagaDecision
  readonly observation: Observation | null
}
