import type { Plan } from '../core/plan.ts'
import type { FirstTurn } from './local-workers.ts'
import type { Pause, PauseStore } from '../ports/pause-store.ts'

/**
 * What is paused as a whole, as far as this process has heard: asked with each sweep, so that work that is not paused asks
 * for nothing.
 */
export class PausesHere {
  readonly #store: Pick<PauseStore, 'listPauses'>
  #pauses: readonly Pause[] = []

  constructor(store: Pick<PauseStore, 'listPauses'>) {
    this.#store = store
  }

  /** Reads what is paused now. */
  async refresh(): Promise<void> {
    this.#pauses = await this.#store.listPauses()
  }

  /** Whether tasks of this queue are left alone. */
  holdsQueue(queue: string): boolean {
    return this.#pauses.some(({ kind, name }) => kind === 'queue' && name === queue)
  }

  /** Whether the first step of such a saga may be taken at once. */
  mayBegin(turn: FirstTurn): boolean {
    return !this.holdsQueue(turn.queue) && !this.holdsDefinition(turn)
  }

  /** Whether no handler of this definition is started. */
  holdsDefinition({ name, version }: Pick<Plan, 'name' | 'version'>): boolean {
    return this.#pauses.some(
      (pause) =>
        pause.kind === 'definition' && pause.name === name && [0, version].includes(pause.version),
    )
  }
}
