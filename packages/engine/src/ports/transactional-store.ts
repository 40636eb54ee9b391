import type { AppendRecord } from './saga-store.ts'
import type { StepTransaction } from './step-transaction.ts'

/** Transactions in which a handler works and in which its verdict is written: both are committed, or neither is. */
export interface TransactionalStore {
  /**
   * Begins a transaction, once one of a few places for them is free: those who wait are served in their order.
   *
   * @param limits how long the handler has, and so how long a transaction may last of which nobody is heard
   * @returns null when the signal was aborted before there was a place
   * @throws BackstepError `DATABASE_UNAVAILABLE`; nothing was begun then
   */
  begin(limits: TransactionLimits, signal: AbortSignal): Promise<OpenTransaction | null>
}

/** How long things may take inside. */
export interface TransactionLimits {
  /** One statement, its wait for locks included. */
  readonly statementMs: number
  /** The pause between two statements: after it the database ends the transaction by itself, whatever became of the process. */
  readonly idleMs: number
}

/** A transaction on its way. It is ended by a commit that comes about, or by a rollback. */
export interface OpenTransaction {
  /** For the handler, until it has ended. */
  readonly handle: StepTransaction

  /**
   * Appends a record, and commits it with everything that the handler did. Nothing of the handler's is done from here on.
   * Never throws.
   */
  commit(record: AppendRecord): Promise<CommitResult>

  /** Undoes everything that the handler did, and gives the place back. Safe to call again. Never throws. */
  rollback(): Promise<void>
}

/**
 * What came of a commit.
 *
 * - `committed`: all of it stands; `at` is Postgres's time of the journal row, in milliseconds since 1970.
 * - `behind`: the race for the row was lost, or the claim is. The transaction is still open: read on and decide again.
 * - `rolled_back`: it has failed for good, and nothing of it stands.
 * - `unknown`: the commit was sent and had no answer. The row is in the journal, or will never be once another one is in its
 *   place; until then it may still appear.
 */
export type CommitResult =
  | { readonly status: 'committed'; readonly at: number }
  | { readonly status: 'behind' }
  | { readonly status: 'rolled_back'; readonly cause: unknown }
  | { readonly status: 'unknown'; readonly cause: unknown }
