import { decide } from '../../packages/engine/src/core/decide.ts'
import { foldRest } from '../../packages/engine/src/core/fold.ts'

/**
 * What the checked world runs on: the shipped core, and what the statements and turns around it see to. Each of these
 * habits of the protocol is a seam at which a mutant can leave it out, to prove that the search would notice.
 */
export interface Rules {
  readonly decide: typeof decide
  readonly foldRest: typeof foldRest
  /** A turn whose `lease_lost` is in the journal decides nothing any more. */
  readonly fencesLostClaims: boolean
  /** A claim on a branch that was abandoned is lost. */
  readonly losesAbandonedClaims: boolean
  /** A turn does not go on behind a row that abandons branches, or turns back: tasks of others change with that. */
  readonly dropsAbandonedTasks: boolean
  /** A takeover writes `lease_lost`. */
  readonly writesLeaseLost: boolean
  /** An append stands only directly behind the row that it was decided on. */
  readonly comparesAndSets: boolean
  /** A task stays until the append that ends or replaces it. */
  readonly keepsTaskUntilCommit: boolean
  /** A claim that has read less than the row that made its task reads again. */
  readonly readsUpToTask: boolean
  /** A hint is good for the task that it was sent for, while that is free. */
  readonly checksNonces: boolean
  /** A cancel is a request: who holds the task decides. */
  readonly leavesCancelToHolder: boolean
  /** Of several decisions in one row, each is made on what those before it have led to. */
  readonly decidesOnOtherDecisions: boolean
  /** A turn does not run what its decision called for, where another decision of the same row has made that void. */
  readonly endsWithOthersInRow: boolean
  /** After a lost reply the same append goes again, and nothing is decided anew. */
  readonly repeatsSameAppend: boolean
  /** What a lost claim reports is kept as a late result, not taken for a verdict. */
  readonly keepsLateResultsApart: boolean
  /** All attempts at a handler, in one round, go under one idempotency key. */
  readonly keepsKeyAcrossAttempts: boolean
  /** And so does the fallback. */
  readonly keepsKeyAtFallback: boolean
}

/** The engine as it is. */
export const shippedRules: Rules = {
  decide,
  foldRest,
  fencesLostClaims: true,
  losesAbandonedClaims: true,
  dropsAbandonedTasks: true,
  writesLeaseLost: true,
  comparesAndSets: true,
  keepsTaskUntilCommit: true,
  readsUpToTask: true,
  checksNonces: true,
  leavesCancelToHolder: true,
  decidesOnOtherDecisions: true,
  endsWithOthersInRow: true,
  repeatsSameAppend: true,
  keepsLateResultsApart: true,
  keepsKeyAcrossAttempts: true,
  keepsKeyAtFallback: true,
}
