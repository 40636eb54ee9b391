import type { Logger } from '../ports/logger.ts'
import type { StepTransaction } from '../ports/step-transaction.ts'

/** What every handler of a step is called with. */
export interface HandlerContext<Input, Results> {
  /** The saga's input, as its schema gave it when the saga was started. */
  readonly input: Input
  /** The outputs of the steps before this one, by step name. */
  readonly results: Results
  readonly sagaId: string
  /** Its name; in a forEach with the index of the item: `issue[3]`. */
  readonly step: string
  /** `main`, and in a fork the path of its branch: `book/flight`, and `tickets/3` for the fourth item of a forEach. */
  readonly branch: string
  /** Whether the step's effect or its undo is at stake; for a probe `action`, as for the action that it looks after. */
  readonly kind: 'action' | 'compensation'
  /** From 1. An undo that has to be made once more, for an effect that turned up late, is in another round. */
  readonly round: number
  /** From 1, over all attempts of this handler in this saga. */
  readonly attempt: number
  /**
   * The same for every attempt of this handler in this saga, and for no other (each item of a forEach has its own): send it
   * to whoever takes effect, so that an attempt that is made again has one effect.
   */
  readonly idempotencyKey: string
  /** Aborted when the attempt's time is over or its claim is lost: what the handler returns after that counts as late. */
  readonly signal: AbortSignal
  /** Every line carries the ids of saga, step and attempt. */
  readonly log: Logger
}

/** What an action is called with. */
export interface ActionContext<Input, Results> extends HandlerContext<Input, Results> {}

/** What a probe is called with. `idempotencyKey` is the one that the action had: what to look its effect up by. */
export interface ProbeContext<Input, Results> extends HandlerContext<Input, Results> {}

/** What the handlers of a forEach's steps are called with besides. */
export interface ItemContext<Item> {
  /** One of the list, as it was stored. */
  readonly item: Item
  /** Its place in the list, from 0. */
  readonly index: number
}

/**
 * What a compensation is called with. `outcome` says what is known about the effect that it undoes; only after it has
 * been asked for is `output` there to be used.
 */
export type CompensationContext<Input, Results, Output> =
  | CompensationAfterSuccess<Input, Results, Output>
  | CompensationAfterUnknown<Input, Results>

interface CompensationBasics<Input, Results> extends HandlerContext<Input, Results> {
  /** The key that the action was given: looks an effect up whose outcome is unknown. */
  readonly actionIdempotencyKey: string
}

/** The action succeeded: its effect stands. */
export interface CompensationAfterSuccess<Input, Results, Output> extends CompensationBasics<
  Input,
  Results
> {
  readonly outcome: 'succeeded'
  /** What the action returned, as it was stored. */
  readonly output: Output
}

/** Nobody knows whether the action took effect. To find nothing to undo is a success, too. */
export interface CompensationAfterUnknown<Input, Results> extends CompensationBasics<
  Input,
  Results
> {
  readonly outcome: 'unknown'
  readonly output: undefined
}

/** What a forEach's list and a when's condition are computed from, when the saga comes to them. */
export interface DecisionContext<Input, Results> {
  readonly input: Input
  /** The outputs of the steps before, by step name. */
  readonly results: Results
  readonly sagaId: string
}

/** What a saga's output is computed from, once every step is done. */
export interface OutputContext<Input, Results> {
  readonly input: Input
  /** The outputs of all steps, by step name. */
  readonly results: Results
  readonly sagaId: string
}

/** What a handler is called with besides, where its step says `transactional: true`. */
export interface InTransaction {
  /** What is written here is committed together with the journal's row that says that the handler succeeded, or not at all. */
  readonly transaction: StepTransaction
}

/** A handler's context, with a transaction where its step has declared one. */
export type Transacted<Context, Transactional extends boolean> = Transactional extends true
  ? Context & InTransaction
  : Context
