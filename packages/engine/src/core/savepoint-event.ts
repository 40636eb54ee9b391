/** Everything behind a save-point is undone: the saga goes forward from there, as if it had never been further. */
export interface SavepointReached {
  readonly type: 'savepoint_reached'
  readonly branch: string
  readonly savepoint: string
  /** Which time it is that what is behind it is gone through; from 2. */
  readonly round: number
}

/** The saga has come to its end, and owes the undo of effects that earlier rounds had after all. */
export interface OrphanUndoBegan {
  readonly type: 'orphan_undo_began'
  readonly branch: string
}

/** These effects are undone: the saga is at its end again. */
export interface OrphanUndoEnded {
  readonly type: 'orphan_undo_ended'
  readonly branch: string
}
