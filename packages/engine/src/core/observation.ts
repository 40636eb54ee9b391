import type { NoopReason } from './event.ts'
import type { LateOutcome } from './late-event.ts'
import type { Failure } from './failure.ts'
import type { JsonValue } from './json.ts'
import type { OperatorAsked } from './operator-asked.ts'

/**
 * What somebody saw or asks for: the input of `decide`. Unlike an event it is not yet a fact of the saga; it becomes one
 * when the events that `decide` makes of it are appended. All times are Postgres's, in milliseconds since 1970.
 */
export type Observation =
  | OnBranchObservation
  | CancelAsked
  | RetryAsked
  | OperatorAsked
  | LateReport

/** What the holder of a branch's claim sees; the rest comes from outside. */
export type OnBranchObservation =
  | Claimed
  | ActionVerdict
  | ProbeVerdict
  | CompensationVerdict
  | OutputComputed
  | ItemsComputed
  | ChoiceComputed
  | SignalChecked
  | Unworkable

interface OnBranch {
  readonly branch: string
  readonly at: number
}

/** A worker holds the branch's task and asks what to do. */
export interface Claimed extends OnBranch {
  readonly type: 'claimed'
  readonly claimId: string
  /**
   * The circuit of the step that the branch is at is open: for so many milliseconds at least its action is not to be tried.
   * Absent where nothing keeps it back.
   */
  readonly circuitOpenMs?: number
}

/** How an attempt at an action ended. */
export type ActionVerdict = OnBranch & {
  readonly step: string
  readonly attempt: number
  /** The round of the attempt; left out in the first one. */
  readonly round?: number
} & (
    | { readonly type: 'action_succeeded'; readonly output: JsonValue }
    | { readonly type: 'action_rejected'; readonly failure: Failure; readonly random: number }
    | {
        readonly type: 'action_failed'
        readonly failure: Failure
        /** Drawn from [0, 1) for the jitter. */
        readonly random: number
        /** The handler asked not to be called again sooner. */
        readonly retryAfterMs?: number
        readonly quietAfterMs: number
      }
  )

/** How an attempt at a probe ended. */
export type ProbeVerdict = OnBranch & { readonly step: string; readonly attempt: number } & (
    | {
        readonly type: 'probe_answered'
        readonly answer:
          | { readonly status: 'succeeded'; readonly output: JsonValue }
          | { readonly status: 'rejected'; readonly failure: Failure }
      }
    | {
        readonly type: 'probe_failed'
        readonly failure: Failure
        readonly random: number
        readonly retryAfterMs?: number
      }
  )

/** How an attempt at a compensation ended. */
export type CompensationVerdict = OnBranch & { readonly step: string; readonly attempt: number } & (
    | { readonly type: 'compensation_succeeded'; readonly noop?: NoopReason }
    | {
        readonly type: 'compensation_failed'
        readonly failure: Failure
        readonly random: number
        readonly retryAfterMs?: number
      }
  )

/** The saga's output, computed from the results when every step was done. */
export interface OutputComputed extends OnBranch {
  readonly type: 'output_computed'
  readonly output: JsonValue
}

/** The list that a forEach is to go through. */
export interface ItemsComputed extends OnBranch {
  readonly type: 'items_computed'
  readonly items: readonly JsonValue[]
}

/** Whether a choice is taken. */
export interface ChoiceComputed extends OnBranch {
  readonly type: 'choice_computed'
  readonly taken: boolean
}

/** Whether a signal brought what its wait asks for. */
export type SignalChecked = OnBranch & {
  readonly type: 'signal_checked'
  readonly wait: string
  readonly signalId: string
} & (
    | { readonly accepted: true; readonly value: JsonValue }
    | { readonly accepted: false; readonly problem: string }
  )

/** The claimed work cannot be done here at all. With an `attempt`, the handler did run, and its effect may stand. */
export interface Unworkable extends OnBranch {
  readonly type: 'unworkable'
  readonly code: 'definition_missing' | 'handler_missing' | 'payload_invalid'
  readonly failure: Failure
  readonly ran: { readonly step: string; readonly attempt: number } | null
}

/** Somebody outside asks for the saga to be undone. */
export interface CancelAsked {
  readonly type: 'cancel_asked'
  readonly actor: string
  readonly reason: string
}

/** An operator asks for a stuck saga to be tried again, or for one that waits for its next attempt not to wait. */
export interface RetryAsked {
  readonly type: 'retry_asked'
  readonly actor: string
  readonly reason: string
}

/** A worker reports on an attempt whose claim it had lost. */
export interface LateReport {
  readonly type: 'late_report'
  readonly branch: string
  readonly step: string
  readonly kind: 'action' | 'compensation'
  readonly attempt: number
  readonly claimId: string
  readonly outcome: LateOutcome
  /** Of an action: the round of the attempt; left out in the first one. */
  readonly round?: number
}
