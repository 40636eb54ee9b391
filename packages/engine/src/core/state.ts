import type { Failure, SagaFailure } from './failure.ts'
import type { JsonValue } from './json.ts'
import { emptyMap, type KeyMap } from './key-map.ts'
import type { Stuck } from './stuck.ts'

/**
 * What is known about a saga: the fold of its journal. A union by status, so that an output exists only where a saga
 * completed and a stuck record only where it is stuck.
 */
export type SagaState =
  | (SagaBasics & { readonly status: 'running' })
  | (SagaBasics & { readonly status: 'compensating' })
  | (SagaBasics & { readonly status: 'stuck'; readonly stuck: Stuck })
  | (SagaBasics & { readonly status: 'completed'; readonly output: JsonValue })
  | (SagaBasics & { readonly status: 'compensated' })
  | (SagaBasics & { readonly status: 'partially_compensated' })
  | (SagaBasics & { readonly status: 'abandoned' })

/**
 * The status words. `partially_compensated`, where an effect knowingly stands, and `abandoned`, which says nothing about
 * effects, are ends that only an operator can bring about.
 */
export type SagaStatus = SagaState['status']

/** What every saga has, whatever its status. */
export interface SagaBasics {
  readonly sagaId: string
  /** Sequence number of the last journal row that was folded. */
  readonly seq: number
  readonly key: string | null
  readonly input: JsonValue
  /** What the input was before an operator edited it, the oldest first: what was done under it is undone under it. */
  readonly edits: readonly Edit[]
  readonly startedAt: number
  /** The first cause of the way back; never overwritten by what goes wrong afterwards. */
  readonly failure: SagaFailure | null
  /** Journal row of that cause, 0 while there is none. */
  readonly failureSeq: number
  readonly cancel: 'none' | 'requested' | 'applied' | 'refused'
  /** Whether the journal has it that the saga's deadline has passed. */
  readonly deadline: 'none' | 'passed'
  /** An operator has it start no handler, in neither direction, until it is resumed. */
  readonly paused: boolean
  /** Why the saga turns back once the branches of its fork have settled; null while it does not. */
  readonly turning: SagaFailure | null
  /** By branch path: `main`, and the branches of a fork that have work left. A sequential saga has the one branch `main`. */
  readonly branches: Readonly<Record<string, BranchState>>
  /** The fork whose branches are at work; null while `main` is. */
  readonly fork: ForkState | null
  /** What the forks that are to be undone branch by branch still owe, by fork and branch. */
  readonly undoLines: Readonly<Record<string, UndoLines>>
  /** The lists that a forEach went through, by its name. */
  readonly items: Readonly<Record<string, readonly JsonValue[]>>
  /** Signals that came and that no wait has taken, in the order in which they came. */
  readonly signals: readonly BufferedSignal[]
  /** What the signals brought that were taken, by the name of the wait. */
  readonly received: Readonly<Record<string, JsonValue>>
  /** The round that each save-point is in, by its name; one that the saga has not gone back to is not here. */
  readonly savepoints: Readonly<Record<string, number>>
  /** The highest round of any idempotency key so far, from 1: going forward from a save-point raises it, an orphan effect too. */
  readonly round: number
  /** Where the saga goes forward again once it is back there; null while it is not on its way to such a place. */
  readonly returning: Returning | null
  /** By step key, only for steps that have been reached or skipped; and those of earlier rounds that may report late. */
  readonly steps: KeyMap<StepState>
}

/** On the way back to a save-point; or at the end, to which a saga returns from the undo of orphan effects: null. */
export interface Returning {
  readonly savepoint: string | null
}

/** A signal that no wait has taken. */
export interface BufferedSignal {
  readonly signalId: string
  readonly name: string
  readonly payload: JsonValue
  /** When it came. */
  readonly at: number
}

/** An edit of the saga's input. */
export interface Edit {
  /** The journal row that edited it. */
  readonly seq: number
  readonly before: JsonValue
  /** Where the saga was stuck on its way to; one for the way back holds for all that is undone from there. */
  readonly direction: 'forward' | 'backward'
}

/** A saga whose input nobody has edited. */
export const noEdits: readonly Edit[] = []

/** A step, or a fork whose branches are undone side by side. */
export type UndoItem = string | { readonly fork: string }

/** The steps of each branch that are to be undone, next one first. */
export type UndoLines = Readonly<Record<string, readonly string[]>>

/** A fork, on its way forward or back. */
export interface ForkState {
  readonly name: string
  /** All its branches, in the order in which they are opened. */
  readonly paths: readonly string[]
  /** How many of them have been opened. */
  readonly opened: number
}

/** The branch that every saga begins with. */
export const mainBranch = 'main'

/** Where one line of execution is. */
export interface BranchState {
  /** Index of the plan's node that is being worked on; the number of nodes when all are done. */
  readonly cursor: number
  /** What is still to be undone, next one first. */
  readonly undo: readonly UndoItem[]
  /** The journal row that opened it, 0 for `main`. A path may be opened again: whoever has read less holds what is gone. */
  readonly openedSeq: number
  /** When the sleep, or the time of the wait, that it has come to is over; 0 where it is at none. */
  readonly wakeAt: number
  /** Leases lost in a row without a verdict in between. */
  readonly deaths: number
  /** The claim whose start of the current action is in the journal. */
  readonly startingClaimId: string | null
  /** Why the branch cannot go on, while others of its fork do. */
  readonly halt: Stuck | null
}

/** What is known about a step that has been reached. */
export interface StepState {
  readonly action: ActionState
  readonly compensation: CompensationState
}

/** The attempts made at one handler, in one direction. Both directions count for themselves. */
export interface Attempts {
  /** Attempts that have ended, whatever their outcome. */
  readonly ended: number
  /** The same since an operator last gave the step a fresh budget. */
  readonly endedSinceResume: number
  /** Those of them that count against budgets of their own, by the code of their failure. */
  readonly byCode: Readonly<Record<string, number>>
  /** No attempt is made before this time. */
  readonly notBefore: number
  readonly firstFailure: Failure | null
  /** Journal row of the first failure, 0 while there is none. */
  readonly firstFailureSeq: number
  readonly lastFailure: Failure | null
  /** Journal row of the last failure, 0 while there is none. */
  readonly lastFailureSeq: number
}

/** The forward half of a step. */
export interface ActionState {
  /** `scheduled`: work is due or under way; the journal does not tell which. `unknown`: given up without a verdict. `skipped`: the saga did not go that way. */
  readonly status: 'scheduled' | 'succeeded' | 'rejected' | 'unknown' | 'skipped'
  readonly attempts: Attempts
  /** From 1; another one each time that the saga has gone back to a save-point before it, or an operator has edited the input. */
  readonly round: number
  /** How many attempts ended without a valid verdict. */
  readonly unknownAttempts: number
  /** `due`: the next attempt, or the one at work, is the fallback's. `spent`: it was made; a fresh budget brings another one. */
  readonly fallback: 'unused' | 'due' | 'spent'
  /** Since when the step's total time runs: its first dispatch, or an operator's retry. */
  readonly scheduledAt: number
  /** Journal row of that time. */
  readonly scheduledSeq: number
  /** The attempts at the step's probe since it was last asked to be asked; null while there is nothing to ask it. */
  readonly probe: Attempts | null
  /** Until this time a handler of an earlier attempt may still be at work. */
  readonly quietAt: number
  /**
   * Journal row of the verdict, 0 before there is one; the order in which steps are undone is this order reversed. Of a
   * skipped step, the row that gave it an output for later steps to see, 0 where there is none.
   */
  readonly settledSeq: number
  /** What the action returned, once it succeeded; what later steps see of one that an operator skipped. */
  readonly output: JsonValue
  /** A success that was reported late, for whoever gives the verdict: success beats rejection. */
  readonly lateSuccess: { readonly output: JsonValue; readonly attempt: number } | null
}

/** The backward half of a step. */
export interface CompensationState {
  /**
   * `noop`: its participant says that the action has had no effect. `manual`: an operator has undone it by hand. `waived`: an
   * operator lets the effect stand.
   */
  readonly status: 'none' | 'needed' | 'compensated' | 'noop' | 'blocked' | 'manual' | 'waived'
  /** What is known about the effect that is to be undone. */
  readonly outcome: 'succeeded' | 'unknown'
  readonly attempts: Attempts
  /** That of its action; a new one is opened when an orphan effect has to be undone once more, or an operator edits the input. */
  readonly round: number
  /** An effect was reported after this compensation began: another round is owed. */
  readonly orphan: boolean
}

/** A saga that has reached no step. */
export const noSteps: KeyMap<StepState> = emptyMap

/** A saga that no signal has come to. */
export const noSignals: readonly BufferedSignal[] = []

/** A saga whose waits have taken none. */
export const nothingReceived: Readonly<Record<string, JsonValue>> = {}

/** No save-point that the saga has gone back to. */
export const noRounds: SagaBasics['savepoints'] = {}
