import type { JsonValue } from './json.ts'

/**
 * How an attempt went wrong.
 *
 * - `rejection`: the participant asserts that no effect stands.
 * - `error`: the handler threw something else; whether an effect stands is unknown.
 * - `timeout`: no verdict within the attempt's time.
 * - `lease_lost`: the worker that made the attempt was not heard of again.
 * - `invalid`: a verdict came, but it cannot be stored or breaks its schema.
 * - `canceled`: somebody asked for the saga to be undone.
 * - `deadline`: the saga's time was over before its pivot.
 */
export type FailureKind =
  | 'rejection'
  | 'error'
  | 'timeout'
  | 'lease_lost'
  | 'invalid'
  | 'canceled'
  | 'deadline'

/** What went wrong, in plain data: fit for the journal, for a log line and for an operator. */
export interface Failure {
  readonly kind: FailureKind
  /** Short and stable, chosen by the participant (`card_declined`) or by the engine (`timeout`). */
  readonly code: string
  readonly message: string
  readonly details?: JsonValue
}

/** The first cause of a saga's way back or halt: the failure and the step that it came from, if one did. */
export interface SagaFailure extends Failure {
  readonly step: string | null
}

/** The verdict that a takeover stands for: nobody will ever report on that attempt in time. */
export const leaseLostFailure: Failure = {
  kind: 'lease_lost',
  code: 'lease_lost',
  message: 'The worker that held the task was not heard of before its lease ran out.',
}
