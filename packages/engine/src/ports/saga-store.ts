import type { JournalEntry, SagaEvent, SagaStarted } from '../core/event.ts'
import type { SagaFailure } from '../core/failure.ts'
import type { JsonValue } from '../core/json.ts'
import type { SagaSnapshot } from '../core/snapshot.ts'
import type { SagaState } from '../core/state.ts'
import type { StuckCode } from '../core/stuck.ts'

/**
 * The writing side of the journal. Every method takes many sagas at once, so that whoever calls it may commit in groups;
 * one saga's lost race never fails its neighbors. At most one record for a saga in a batch.
 */
export interface SagaStore {
  /**
   * Makes sagas: identity, first journal row and first task in one commit. Results in the order of the batch. Safe to
   * repeat: what was made the first time is `existing` then. Of records that name the same free key one is started. A key
   * that an open transaction has taken is waited for in the caller's own transaction only; else it is `busy`.
   *
   * @throws BackstepError `CONFIGURATION_INVALID` when the transaction is no handle that the adapter can join
   */
  start(batch: readonly StartRecord[], options?: StartOptions): Promise<readonly StartResult[]>

  /**
   * Appends behind what the caller has folded: the insert is the compare-and-set. Safe to repeat: the same `appendId` at
   * the same `seq` counts as applied. Results in the order of the batch.
   */
  append(batch: readonly AppendRecord[]): Promise<readonly AppendResult[]>

  /**
   * Appends an outsider's request behind whatever is there, and wakes the holder of the saga's tasks, all in one commit.
   * Not applied when the saga has no task: then nobody holds it, and the caller decides with `append`; unless the record says
   * that it is only to be kept. A row that somebody else appends meanwhile is no reason to fail: the request goes behind it.
   * Safe to repeat: a request that is in the journal under its `appendId` is applied, and wakes nobody again.
   */
  request(record: RequestRecord, options?: StartOptions): Promise<RequestResult>

  /** The journal rows after `afterSeq`, in order; all of them with 0. An archived saga's too, to which nothing is appended. */
  readJournal(sagaId: string, afterSeq: number): Promise<readonly NamedEntry[]>
}

/** A journal row with the name that its writer gave it. */
export interface NamedEntry extends JournalEntry {
  readonly appendId: string
}

/** A saga to be made. */
export interface StartRecord {
  readonly sagaId: string
  readonly appendId: string
  readonly event: SagaStarted
  /** Compared when the key is taken: the same input gives the same saga. Null exactly when there is no key. */
  readonly inputHash: string | null
  readonly task: NewTask
  /** The task is born claimed by whoever starts the saga, who works on it at once; null leaves it to the queue. */
  readonly claim: NewClaim | null
}

/** A claim that comes into being with its task. */
export interface NewClaim {
  /** Fresh; names the claim in every later statement. */
  readonly claimId: string
  readonly leaseMs: number
}

/** A task to be made, or to take the place of the claimed one. */
export interface NewTask {
  readonly branch: string
  readonly queue: string
  /** Fresh 128 bits; names this task's turn towards the queue. */
  readonly nonce: string
  /** Not to be claimed sooner than this many milliseconds from the commit. */
  readonly delayMs: number
  /** How long after that a sweep leaves it to the queue; a task that takes another's place may be given half of it only. */
  readonly dispatchGraceMs: number
}

/** Where to write: in the caller's own transaction, the saga exists if and only if that commits. */
export interface StartOptions {
  /** A handle that the adapter knows; alone in its batch. */
  readonly transaction?: unknown
}

/**
 * `started`: `at` is Postgres's time of the first journal row, in milliseconds since 1970. `existing`: the key and the input were there already, or, without a key, the saga's id was. `conflict`: the key was there
 * with another input. Both name the saga that is there. `busy`: a transaction that has not ended has taken the key, and
 * whether it stays taken is open: nothing was made, ask again; the id is the one that was asked for. Keys belong to a definition's name, whatever its version.
 */
export type StartResult =
  | { readonly status: 'started'; readonly sagaId: string; readonly at: number }
  | { readonly status: 'existing'; readonly sagaId: string }
  | { readonly status: 'conflict'; readonly sagaId: string }
  | { readonly status: 'busy'; readonly sagaId: string }

/** One row for the journal, and what changes with it in the same commit. */
export interface AppendRecord {
  readonly sagaId: string
  /** The row's number: one more than the last that was folded. */
  readonly seq: number
  /** Names this append, so that it can be repeated after a lost reply. */
  readonly appendId: string
  /**
   * The name of the row before, where the caller knows it: after a failover another row may have its number, and what was
   * decided on the lost one must not go behind it.
   */
  readonly afterId: string | null
  readonly events: readonly SagaEvent[]
  readonly task: TaskChange
  /** What changes in the saga's row; null when its status stays. */
  readonly row: SagaRowChange | null
  /** The state before this row, where `dueSnapshot` gives one: kept with the row, for those who claim the saga later. */
  readonly snapshot: SagaSnapshot | null
}

/**
 * What becomes of the tasks.
 *
 * - `keep`: the turn goes on under its claim, which need not be named: a lost one has left its row in the journal.
 * - `replace`: the claimed task becomes the next one, unclaimed. Applies only while the claim stands. Deliveries and
 *   wake-ups are counted on.
 * - `remove`: nothing is left to do; all tasks of the saga go. Applies only while the claim stands.
 * - `settle`: branches of a fork come and go. The tasks of `claims` go, and those of the `dropped` branches, whoever holds
 *   them; `next` are made, unclaimed; all other tasks of the saga stay, and are woken if `wake` says so: their count of
 *   wake-ups is raised, and those that nobody holds are due at once. Applies only while all the claims stand.
 * - `create`: nobody holds the saga; tasks are made. Applies only while the saga has none.
 * - `none`: nobody holds the saga, and it gets no task. Applies only while the saga has none.
 * - `drop`: all tasks of the saga go, whoever holds them. What is still done for it is reported late.
 */
export type TaskChange =
  | { readonly type: 'keep' }
  | { readonly type: 'replace'; readonly claimId: string; readonly next: NewTask }
  | { readonly type: 'remove'; readonly branch: string; readonly claimId: string }
  | SettleBranches
  | { readonly type: 'create'; readonly next: readonly NewTask[] }
  | { readonly type: 'none' }
  | { readonly type: 'drop' }

/** What becomes of the tasks where a saga has several branches. */
export interface SettleBranches {
  readonly type: 'settle'
  /** At least one, each of another branch. */
  readonly claims: readonly { readonly branch: string; readonly claimId: string }[]
  readonly dropped: readonly string[]
  /** Of branches that have no task, or whose task goes in the same commit. */
  readonly next: readonly NewTask[]
  readonly wake: boolean
}

/** The saga's row after a change of status: what people query. */
export interface SagaRowChange {
  readonly status: SagaState['status']
  readonly stuckCode: StuckCode | null
  readonly stuckStep: string | null
  /** The first cause of the way back, or what stopped a saga on its way forward; null while there is neither. */
  readonly failure: SagaFailure | null
  /** Only with `completed`. */
  readonly output: JsonValue
}

/** `at` is Postgres's time of the row, in milliseconds since 1970. A lost race is a value, not an error. */
export type AppendResult =
  | { readonly applied: true; readonly at: number }
  | { readonly applied: false }

/** A request of somebody who does not hold the saga. */
export interface RequestRecord {
  readonly sagaId: string
  readonly appendId: string
  readonly events: readonly SagaEvent[]
  /** `append`: also to a saga that nobody holds, stuck or ended, where it waits or is history. Not to an archived one. */
  readonly unheld?: 'append'
  /** Only directly behind this row; then the saga need not have a task. Left out: behind whatever is there. */
  readonly afterSeq?: number
  /** What the saga's row says from here on about being paused; left out, what it said. */
  readonly paused?: boolean
}

/** A task that became due, as its hint names it. */
export interface WokenTask {
  readonly sagaId: string
  readonly branch: string
  readonly queue: string
  readonly nonce: string
}

/** Where the request stands in the journal, and the tasks that nobody holds and that it made due. */
export type RequestResult =
  | {
      readonly applied: true
      readonly seq: number
      readonly at: number
      readonly woken: readonly WokenTask[]
    }
  | { readonly applied: false }
