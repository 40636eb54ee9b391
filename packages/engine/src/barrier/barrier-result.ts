import type { NoopReason } from '../core/event.ts'

/**
 * What came of an action.
 *
 * - `done`: the effect was taken now.
 * - `repeated`: it was taken by an earlier call, and `output` is what that one returned.
 */
export interface BarrierActionResult<Output> {
  readonly status: 'done' | 'repeated'
  readonly output: Output
}

/** The effect was taken back now. */
export interface BarrierUndone<Output> {
  readonly status: 'done'
  readonly output: Output
}

/**
 * There was nothing to take back.
 *
 * - `never_ran`: the action has had no effect here, and from now on it cannot have one.
 * - `already_undone`: an earlier call of the compensation has taken the effect back.
 */
export interface BarrierNoop {
  readonly status: 'noop'
  readonly reason: NoopReason
  readonly output?: undefined
}

/** What came of a compensation. A handler returns it as it is, so that the journal can tell a noop. */
export type BarrierCompensationResult<Output> = BarrierUndone<Output> | BarrierNoop

/** What a barrier resolves to, by the kind of context that it was given; both for one that may be either. */
export type BarrierResult<Context, Output> = Context extends
  | { readonly kind: 'compensation' }
  | { readonly actionIdempotencyKey: string }
  ? BarrierCompensationResult<Output>
  : BarrierActionResult<Output>
