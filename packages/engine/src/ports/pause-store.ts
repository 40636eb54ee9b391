/** What is paused as a whole. Kept apart from sagas: it is read by everybody, and changed by hand. */
export interface PauseStore {
  /** All pauses: few rows, if any. */
  listPauses(): Promise<readonly Pause[]>

  /** False where it is paused already: then nothing changes. */
  pause(
    target: PauseTarget,
    by: { readonly actor: string; readonly reason: string },
  ): Promise<boolean>

  /** Ends a pause, and makes all tasks due that were put off for it. False where there was none. */
  resume(target: PauseTarget): Promise<boolean>
}

/** What can be paused. */
export interface PauseTarget {
  /** Of a queue no task is claimed; of a saga definition no handler is started. */
  readonly kind: 'queue' | 'definition'
  readonly name: string
  /** Of a definition; 0 means every version, and is what a queue has. */
  readonly version: number
}

/** A pause, and who has made it. */
export interface Pause extends PauseTarget {
  readonly actor: string
  readonly reason: string
  /** In milliseconds since 1970. */
  readonly pausedAt: number
}
