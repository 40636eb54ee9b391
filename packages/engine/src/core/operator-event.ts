import type { JsonValue } from './json.ts'

/** What an operator can do to a saga, besides asking for a cancel. */
export type OperatorVerb =
  | 'retry'
  | 'edit'
  | 'skip'
  | 'resolve'
  | 'mark_compensated'
  | 'waive'
  | 'compensate'
  | 'abandon'
  | 'pause'
  | 'resume'

/** What an operator does to a saga, and what comes of that for a step. */
export type OperatorEvent =
  | OperatorActed
  | ActionSkipped
  | CompensationSettled
  | SagaPartiallyCompensated

/**
 * An operator has moved a saga: who, why, and what was there before and after. What follows from it for steps stands behind
 * it in the same row. A retry of a stuck saga is `saga_resumed`.
 */
export interface OperatorActed {
  readonly type: 'operator_acted'
  readonly verb: OperatorVerb
  readonly actor: string
  readonly reason: string
  /** The branch and the step that it is about; null where it is about the whole saga. */
  readonly branch: string | null
  readonly step: string | null
  /** The word for how the step, or the saga, stood; of an edit, the input. */
  readonly before: JsonValue
  readonly after: JsonValue
  /** Of an edit: the operator has made sure that no attempt so far has an effect. */
  readonly noEffect?: boolean
}

/** An operator has the saga go on without a step. */
export interface ActionSkipped {
  readonly type: 'action_skipped'
  readonly branch: string
  readonly step: string
  /** What later steps see in the place of its output; without it they see none. */
  readonly output?: JsonValue
}

/** What a step owes is settled without its handler: undone by hand, or let stand. */
export interface CompensationSettled {
  readonly type: 'compensation_settled'
  readonly branch: string
  readonly step: string
  readonly as: 'manual' | 'waived'
}

/** The end of a saga that is undone but for what an operator has let stand. */
export interface SagaPartiallyCompensated {
  readonly type: 'saga_partially_compensated'
}
