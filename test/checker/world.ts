import type { Wait } from './abstract-state.ts'
import type { Ledger } from './ledger.ts'
import type { Fault } from './shape.ts'
import type { Due, Result, Work } from './work.ts'

/**
 * A saga, its tasks, the turns that work or once worked on it, and the participants. Journal rows are not kept: the state
 * that they fold to is, by its number in the book.
 */
export interface World {
  readonly head: number
  /** The state before the last row: what a claim reads whose statement is older than that row. */
  readonly previous: number
  /** By branch, in order. */
  readonly tasks: readonly Task[]
  readonly turns: readonly Turn[]
  readonly ledger: Ledger
  /** What is left of each fault, in the order of `faults`. */
  readonly left: readonly number[]
  /** How many claims there were, for names that people can follow; nothing depends on it. */
  readonly claims: number
}

/** The task of a branch. */
export interface Task {
  readonly branch: string
  readonly due: Due
  /** `dead`: the process that holds it is gone, and only its lease is left. */
  readonly claim: 'none' | 'live' | 'dead'
  /** Somebody has appended a request that the holder has not read. */
  readonly woken: boolean
  /** Hints for this very task that wait in the queue. */
  readonly hints: number
  /** Hints for tasks of this branch that are gone. */
  readonly strays: number
}

/**
 * What a worker is at, under one claim.
 *
 * - `claimed`: it has read the journal, and decides next.
 * - `running`: it is about to run a handler, or runs it.
 * - `ghost`: its turn has gone on or ended, and the handler has not; all it can do is take effect, and be reported late.
 * - `doubt`: it has sent an append and lost the reply.
 */
export interface Turn {
  /** For people. */
  readonly name: number
  readonly branch: string
  readonly phase: 'claimed' | 'running' | 'ghost' | 'doubt'
  /** Somebody has taken its task over. */
  readonly lost: boolean
  /** Its claim was made when the saga was on its way back already, or was to turn back as soon as others settle. */
  readonly claimedBack: boolean
  /** The state that it has folded. */
  readonly view: number
  /** Rows have come since. */
  readonly stale: boolean
  /** What it runs, or has run. */
  readonly work: Work | null
  /** Its handler has taken effect. */
  readonly effect: boolean
  /** Its process is gone, and its request is still on its way. */
  readonly mute: boolean
  /** It may still take effect though its time and the grace are over; then it is sure to be reported. */
  readonly overdue: boolean
  /** In doubt: what the append calls for, if it stands; null when the turn is over then. */
  readonly next: Work | null
}

/** One thing that happens. Turns are named by their place in the world. */
export type Move =
  | { readonly type: 'claim'; readonly branch: string; readonly by: ClaimPath }
  | {
      readonly type: 'begin'
      readonly turn: number
      readonly goesOn: boolean
      /** Whether the worker has the definition of the saga. */
      readonly known: boolean
      /** Whether the circuit of the step is open in its process. */
      readonly open: boolean
    }
  | { readonly type: 'effect'; readonly turn: number }
  | {
      readonly type: 'report'
      readonly turn: number
      readonly result: Result
      readonly goesOn: boolean
      readonly replied: boolean
    }
  | { readonly type: 'together'; readonly asks: readonly Ask[] }
  | { readonly type: 'repeat'; readonly turn: number }
  | { readonly type: 'late'; readonly turn: number }
  | { readonly type: 'crash'; readonly turn: number; readonly leavesRequest: boolean }
  | { readonly type: 'takeover'; readonly branches: readonly string[] }
  | { readonly type: 'wait'; readonly until: Wait; readonly overdue: boolean }
  | { readonly type: 'cancel' }
  | { readonly type: 'retry' }
  | { readonly type: 'hint'; readonly branch: string; readonly what: 'duplicate' | 'flush' }

/** What a turn has seen and wants decided: how its handler ended; null where it has just claimed its branch. */
export interface Ask {
  readonly turn: number
  readonly result: Result | null
}

/** How a task is come by: straight from the table, by its hint, by one of an earlier task; `old` reads an old journal. */
export type ClaimPath = 'sweep' | 'hint' | 'stray' | 'old'

/** What became of a move: another world, and the invariant that was broken on the way. */
export interface Outcome {
  readonly world: World
  readonly broken: string | null
}

/** A move and what it costs: nothing, or one of a fault. */
export interface PossibleMove {
  readonly move: Move
  readonly cost: Fault | null
  /** Whether fair workers make this move by themselves, sooner or later. */
  readonly fair: boolean
}
