import type { NamedEntry, NewClaim } from '../ports/saga-store.ts'
import type { TaskHint } from '../ports/task-store.ts'

/** A place for one turn in a worker of this process, taken and not yet filled. */
export interface Seat {
  /** The claim that the saga's first task is to be born with. */
  readonly claim: NewClaim
  /** The saga exists, and its task is held by the claim: runs its first turn. `sentAtMs` is from before it was sent. */
  readonly take: (born: BornTask) => void
  /** The saga may exist from a try whose reply was lost: claims its task, if it is there, and runs its first turn. */
  readonly claimAgain: (hint: TaskHint) => void
  /** There is nothing to run: somebody else may have the place. */
  readonly leave: () => void
}

/** A first task, as it was made. */
export interface BornTask {
  readonly hint: TaskHint
  /** The saga's first journal row. */
  readonly entry: NamedEntry
  readonly sentAtMs: number
}

/** A worker that may have a place. */
export interface LocalWorker {
  /** Takes a place for the first turn of a saga, or null: this worker does not run it, is full, or is about to stop. */
  readonly seat: (saga: FirstTurn) => Seat | null
  /** Whether a turn of this saga is under way here. */
  readonly isAtWork: (sagaId: string) => boolean
  /** Whether this worker cannot rely on the queue, and so takes what it can without. */
  readonly isDegraded: boolean
  /** Claims the task in a free slot, as if its hint had come; false: not served here, no slot, or about to stop. */
  readonly take: (hint: TaskHint) => boolean
}

/** What is known of hints: `hint`, nothing yet; `lost`, that the queue does not bring them. */
export type HintFate = 'hint' | 'lost'

/** A first turn that looks for a worker. */
export interface FirstTurn {
  readonly name: string
  readonly version: number
  readonly queue: string
}

/**
 * The workers of this process, for sagas that are started or waited for in it. One with room for it takes a saga's first
 * turn right away, without the queue: the saga's task is then born with its claim, in the commit that makes the saga.
 */
export class LocalWorkers {
  readonly #workers = new Set<LocalWorker>()

  /**
   * Takes a worker in.
   *
   * @returns leaves again
   */
  join(worker: LocalWorker): () => void {
    this.#workers.add(worker)
    return () => void this.#workers.delete(worker)
  }

  /** A place for this turn, or null when no worker here has one. */
  seat(turn: FirstTurn): Seat | null {
    for (const worker of this.#workers) {
      const seat = worker.seat(turn)
      if (seat !== null) return seat
    }
    return null
  }

  /**
   * Offers the tasks of this process to its own workers: lost ones to all of them, others to those that cannot rely on the
   * queue.
   *
   * @returns the hints that nobody has taken
   */
  offer(hints: readonly TaskHint[], fate: HintFate): readonly TaskHint[] {
    let rest = hints
    for (const worker of this.#workers) {
      if (fate === 'lost' || worker.isDegraded) rest = rest.filter((hint) => !worker.take(hint))
    }
    return rest
  }

  /** Whether a worker of this process is at the saga right now. */
  isAtWork(sagaId: string): boolean {
    for (const worker of this.#workers) if (worker.isAtWork(sagaId)) return true
    return false
  }
}
