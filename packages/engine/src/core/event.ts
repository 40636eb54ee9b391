import type { Failure, SagaFailure } from './failure.ts'
import type { FallbackBegan } from './fallback-event.ts'
import type { JsonValue } from './json.ts'
import type { LateResult } from './late-event.ts'
import type { OperatorEvent } from './operator-event.ts'
import type { ProbeAnswered, ProbeFailed, ProbingBegan } from './probe-event.ts'
import type { OrphanUndoBegan, OrphanUndoEnded, SavepointReached } from './savepoint-event.ts'
import type { StuckCode } from './stuck.ts'
import type { WaitEvent } from './wait-event.ts'

/**
 * What the journal holds: facts, in the past tense. One journal row is a group of events that happened together; its
 * sequence number and time belong to all of them. Folding a saga's rows in order gives its state.
 */
export type SagaEvent =
  | SagaStarted
  | ActionStarting
  | ActionSucceeded
  | ActionRejected
  | ActionFailed
  | FallbackBegan
  | ProbingBegan
  | ProbeAnswered
  | ProbeFailed
  | LeaseLost
  | WaitEvent
  | ChoiceMade
  | ForkBegan
  | ForkJoined
  | BranchFailed
  | BranchStopped
  | BranchHalted
  | BranchesAbandoned
  | CompensationBegan
  | CompensationSucceeded
  | CompensationFailed
  | CompensationReopened
  | UndoForked
  | UndoJoined
  | SavepointReached
  | OrphanUndoBegan
  | OrphanUndoEnded
  | SagaCompleted
  | SagaCompensated
  | SagaStuck
  | SagaResumed
  | CancelRequested
  | CancelRefused
  | LateResult
  | OperatorEvent

/** Every event but the first. */
export type FollowingEvent = Exclude<SagaEvent, SagaStarted>

/** Always the first event of a journal, and only there. */
export interface SagaStarted {
  readonly type: 'saga_started'
  readonly name: string
  readonly version: number
  readonly key: string | null
  readonly input: JsonValue
}

/** An attempt is about to run whose never having run would matter. Without it the action did not run under this claim. */
export interface ActionStarting {
  readonly type: 'action_starting'
  readonly branch: string
  readonly step: string
  readonly attempt: number
  readonly claimId: string
}

/** A verdict: the effect stands. */
export interface ActionSucceeded {
  readonly type: 'action_succeeded'
  readonly branch: string
  readonly step: string
  readonly attempt: number
  readonly output: JsonValue
  /**
   * The step's probe found it out, or an operator says so; the attempt is the last one whose outcome was unknown. Or the
   * fallback did it.
   */
  readonly via?: 'probe' | 'fallback' | 'operator'
}

/** A verdict: the participant asserts that this attempt has no effect. From a probe or an operator, that no attempt so far has one. */
export interface ActionRejected {
  readonly type: 'action_rejected'
  readonly branch: string
  readonly step: string
  readonly attempt: number
  readonly failure: Failure
  readonly via?: 'probe' | 'fallback' | 'operator'
}

/** An attempt ended without a valid verdict: its outcome is unknown. */
export interface ActionFailed {
  readonly type: 'action_failed'
  readonly branch: string
  readonly step: string
  readonly attempt: number
  readonly failure: Failure
  /** Milliseconds until the next attempt; `null` when there will be none. */
  readonly retryDelayMs: number | null
  /** Milliseconds for which the handler may still be at work, because it did not settle when told to; 0 when it did. */
  readonly quietAfterMs: number
  readonly via?: 'fallback'
}

/**
 * A task was taken over from a worker whose lease had run out. It stands for the unknown verdict of whatever that worker
 * was doing on the branch, and fences it: what it reports from now on is late. Written by the takeover itself.
 */
export interface LeaseLost {
  readonly type: 'lease_lost'
  readonly branch: string
  /** The claim that lost, not the one that took over. */
  readonly claimId: string
}

/** Whether the steps of a choice are taken. Never asked again: what decided it may have changed since. */
export interface ChoiceMade {
  readonly type: 'choice_made'
  readonly branch: string
  readonly choice: string
  readonly taken: boolean
}

/** The saga goes on in branches. For a forEach, `items` is the list that it goes through; else null. */
export interface ForkBegan {
  readonly type: 'fork_began'
  readonly branch: string
  readonly fork: string
  readonly items: readonly JsonValue[] | null
}

/** Every branch of a fork has come to its end; the branch that it came from goes on. */
export interface ForkJoined {
  readonly type: 'fork_joined'
  readonly branch: string
  readonly fork: string
}

/** A branch of a fork failed: nothing new is begun, and the saga turns back once the branches beside it have settled. */
export interface BranchFailed {
  readonly type: 'branch_failed'
  readonly branch: string
  readonly failure: SagaFailure
}

/** A branch has settled beside one that failed, and does nothing more. */
export interface BranchStopped {
  readonly type: 'branch_stopped'
  readonly branch: string
}

/** A branch cannot go on by itself; the others of its fork do. Once none is left that can, the saga is stuck. */
export interface BranchHalted {
  readonly type: 'branch_halted'
  readonly branch: string
  readonly code: StuckCode
  readonly direction: 'forward' | 'backward'
  readonly step: string | null
  readonly failure: Failure
}

/** Nobody waits for these branches: whatever they are at counts as unknown, and what they still report is late. */
export interface BranchesAbandoned {
  readonly type: 'branches_abandoned'
  readonly branch: string
  readonly branches: readonly string[]
}

/** The decision to go back. It lists what will be undone, first one first; nothing is added to the list but orphan effects. */
export interface CompensationBegan {
  readonly type: 'compensation_began'
  readonly branch: string
  readonly failure: SagaFailure
  readonly steps: readonly { readonly step: string; readonly outcome: 'succeeded' | 'unknown' }[]
  /** The way back ends at this save-point, and so does the list; left out where it is the whole way. */
  readonly savepoint?: string
}

/** Nothing of a step stands: its effect is undone, or its participant says that there was nothing to undo. */
export interface CompensationSucceeded {
  readonly type: 'compensation_succeeded'
  readonly branch: string
  readonly step: string
  readonly attempt: number
  /** Why the attempt had nothing to undo; absent where it undid the effect, or did not say. */
  readonly noop?: NoopReason
}

/** `never_ran`: the action has had no effect. `already_undone`: an earlier attempt, whose verdict got lost, has undone it. */
export type NoopReason = 'never_ran' | 'already_undone'

/** An attempt to undo failed. */
export interface CompensationFailed {
  readonly type: 'compensation_failed'
  readonly branch: string
  readonly step: string
  readonly attempt: number
  readonly failure: Failure
  readonly retryDelayMs: number | null
}

/** An orphan effect was reported after its compensation: the step is undone once more, in a round of its own. */
export interface CompensationReopened {
  readonly type: 'compensation_reopened'
  readonly branch: string
  readonly step: string
  readonly round: number
}

/** The steps of a fork are undone branch by branch. */
export interface UndoForked {
  readonly type: 'undo_forked'
  readonly branch: string
  readonly fork: string
}

/** Every branch of a fork is undone. */
export interface UndoJoined {
  readonly type: 'undo_joined'
  readonly branch: string
  readonly fork: string
}

/** The end of a saga whose every step succeeded. */
export interface SagaCompleted {
  readonly type: 'saga_completed'
  readonly output: JsonValue
}

/** The end of a saga of which nothing stands. */
export interface SagaCompensated {
  readonly type: 'saga_compensated'
}

/** The saga cannot go on by itself; an operator decides. */
export interface SagaStuck {
  readonly type: 'saga_stuck'
  readonly code: StuckCode
  readonly direction: 'forward' | 'backward'
  readonly branch: string
  readonly step: string | null
  readonly failure: Failure
}

/** An operator set a stuck saga going again, with a fresh budget of attempts. */
export interface SagaResumed {
  readonly type: 'saga_resumed'
  readonly actor: string
  readonly reason: string
}

/** Somebody asked for the saga to be undone. Who holds the saga's task answers. */
export interface CancelRequested {
  readonly type: 'cancel_requested'
  readonly actor: string
  readonly reason: string
}

/** The answer to a cancel that came too late. */
export interface CancelRefused {
  readonly type: 'cancel_refused'
  readonly reason: string
}

/** Where an event stands in its journal: shared by all events of one row. */
export interface Position {
  /** From 1, without gaps. */
  readonly seq: number
  /** Postgres's time of the append, in milliseconds since 1970. */
  readonly at: number
}

/** One row of the journal. */
export interface JournalEntry extends Position {
  readonly events: readonly SagaEvent[]
}
