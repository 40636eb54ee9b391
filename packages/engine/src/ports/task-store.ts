import type { NamedEntry } from './saga-store.ts'
import type { SagaSnapshot } from '../core/snapshot.ts'

/** Who may work on what: claims, leases and the search for work that nobody does. Times are Postgres's. */
export interface TaskStore {
  /**
   * Claims tasks by name and nonce, with their journals. Null where there is nothing to claim: another nonce, somebody
   * else's claim, whatever its lease, or too soon. Results in order; of several claims of one task one is granted.
   */
  claim(batch: readonly ClaimRecord[]): Promise<readonly (Claim | null)[]>

  /**
   * Takes over tasks whose lease has run out and whose due time has come, writing each holder's `lease_lost` in the same
   * statement: both or neither. The losses of several tasks of one saga are in one row.
   *
   * @returns the new claims, with journals that end in that entry, read from the start or from a snapshot
   */
  takeOver(search: TaskSearch & { readonly leaseMs: number }): Promise<readonly Claim[]>

  /** Unclaimed tasks that are overdue: hints for whoever has free slots. Moves the due time of tasks that are held. */
  findOverdue(search: OverdueSearch): Promise<readonly OverdueTask[]>

  /**
   * Overdue tasks of queues that nobody serves here, to be sent to the queue again under the nonces that they have. Each
   * is looked at again after as long as it has waited already, 5 minutes at most: the time from one to the next doubles.
   *
   * @param search `queues` are those that are served here, and are left out
   */
  findUndispatched(search: UndispatchedSearch): Promise<readonly TaskHint[]>

  /**
   * Extends leases. A claim that is missing in the answer was lost, or its row was busy at that moment: ask again before
   * taking it for lost.
   */
  heartbeat(beat: Heartbeat): Promise<readonly HeartbeatResult[]>

  /**
   * Hands claims back, to be claimed under a new nonce after a delay. Only for claims whose handler settled or never
   * started. A claim that was lost, or that was woken since `wake` was read, is not handed back: read on and decide again.
   *
   * @returns the claim ids that were handed back
   */
  release(claims: readonly Release[]): Promise<readonly string[]>
}

/** Points to a task; carries nothing of the user's. The nonce changes whenever the task is made or claimed. */
export interface TaskHint {
  readonly sagaId: string
  readonly branch: string
  readonly queue: string
  readonly nonce: string
}

/** A task whose time has come and that nobody has taken. */
export interface OverdueTask extends TaskHint {
  /** Whether the queue was to bring it, and has had its time for that. Retries and timers are for sweeps alone. */
  readonly hinted: boolean
}

/** A claim to be made. Repeating it under the same `claimId` is harmless. */
export interface ClaimRecord {
  readonly sagaId: string
  readonly branch: string
  readonly nonce: string
  /** Fresh; names the claim in every later statement. */
  readonly claimId: string
  readonly leaseMs: number
  /** How far the caller has folded this saga before; null when it has nothing of it in its memory. */
  readonly known: KnownRow | null
}

/** The last row of a journal that somebody has folded. */
export interface KnownRow {
  readonly seq: number
  /** The row's name. After a failover another row may have its number: then what was folded is worth nothing. */
  readonly appendId: string
}

/** A task that is held, and everything needed to work on it. */
export interface Claim {
  readonly sagaId: string
  readonly branch: string
  readonly queue: string
  readonly claimId: string
  /** Counts wake-ups by outsiders; a change means that there is something to read. */
  readonly wake: number
  /** Postgres's time of the claim, in milliseconds since 1970. */
  readonly now: number
  readonly journal: ClaimedJournal
}

/**
 * What was read of a claimed saga's journal, always up to its end as it was then, and at least up to the row that made the
 * task. Rows are in order.
 *
 * - `whole`: all rows.
 * - `snapshot`: all that it takes to restore the state after row `snapshot.seq`, the first row among it, in `rows`, which
 *   may have more than that. `entries` are the rows after it.
 * - `rest`: the rows after `after`, the `known.seq` of the claim; only where that row is there under the name that the
 *   claim gave. Whoever named a row and gets another type drops what it had folded.
 */
export type ClaimedJournal =
  | { readonly type: 'whole'; readonly entries: readonly NamedEntry[] }
  | {
      readonly type: 'snapshot'
      readonly snapshot: SagaSnapshot
      readonly rows: readonly NamedEntry[]
      readonly entries: readonly NamedEntry[]
    }
  | { readonly type: 'rest'; readonly after: number; readonly entries: readonly NamedEntry[] }

/** Where to look for tasks. */
export interface TaskSearch {
  readonly queues: readonly string[]
  readonly limit: number
}

/** How far to look for tasks that nobody has taken. */
export interface OverdueSearch extends TaskSearch {
  /** Tasks that may run and will be overdue within this time count as well: they are left to the queue yet. 0 unless set. */
  readonly earlyMs?: number
}

/** Where others are to look. */
export interface UndispatchedSearch extends TaskSearch {
  /**
   * For how long a due task is left to the sweeps of its own workers, from which it is hidden once it was found here: until
   * it is looked at again. 0 unless set.
   */
  readonly overdueMs?: number
}

/** Claims to be kept. */
export interface Heartbeat {
  readonly claims: readonly ClaimName[]
  readonly leaseMs: number
}

/** A claim and the saga that it is found by. */
export interface ClaimName {
  readonly sagaId: string
  readonly claimId: string
}

/** A claim that was kept. */
export interface HeartbeatResult {
  readonly claimId: string
  readonly wake: number
}

/** A claim to be given back, and what its task gets. */
export interface Release {
  readonly sagaId: string
  readonly branch: string
  readonly claimId: string
  /** The count of wake-ups that the holder has read up to. */
  readonly wake: number
  readonly nonce: string
  /** Not to be claimed sooner than this many milliseconds from now. */
  readonly delayMs: number
}
