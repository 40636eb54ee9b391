import type { JournalEntry, SagaEvent } from '../../packages/engine/src/core/event.ts'
import type { Plan } from '../../packages/engine/src/core/plan.ts'
import type { SagaState } from '../../packages/engine/src/core/state.ts'
import type { Ledger } from './ledger.ts'

/** Something that is wrong, and with which saga. */
export interface Problem {
  readonly sagaId: string
  readonly what: string
}

/** A saga at the end of its world. */
export interface JudgedSaga {
  readonly sagaId: string
  readonly plan: Plan
  readonly state: SagaState
  readonly entries: readonly JournalEntry[]
  readonly events: readonly SagaEvent[]
  readonly ledger: Ledger
}
