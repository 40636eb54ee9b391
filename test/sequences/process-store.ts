import type { PostgresStore } from '@backstep/engine/postgres'

import type { SagaStore } from '../../packages/engine/src/ports/saga-store.ts'
import type { TaskStore } from '../../packages/engine/src/ports/task-store.ts'

/** Where the next append of a process finds its end. */
export type Fate = 'lives' | 'dies before the append' | 'dies after the append'

/** What a process sees of Postgres. After its death nothing of it gets there, and nothing comes back. */
export class ProcessStore implements SagaStore, TaskStore {
  fate: Fate = 'lives'
  #isDead = false
  readonly #store: PostgresStore
  readonly #pending: Set<Promise<unknown>>

  /** @param pending all calls that are under way, of all processes */
  constructor(store: PostgresStore, pending: Set<Promise<unknown>>) {
    this.#store = store
    this.#pending = pending
  }

  get isDead(): boolean {
    return this.#isDead
  }

  die(): void {
    this.#isDead = true
  }

  readonly start: SagaStore['start'] = (...args) => this.#call(() => this.#store.start(...args))
  readonly request: SagaStore['request'] = (...args) =>
    this.#call(() => this.#store.request(...args))
  readonly readJournal: SagaStore['readJournal'] = (...args) =>
    this.#call(() => this.#store.readJournal(...args))
  readonly claim: TaskStore['claim'] = (batch) => this.#call(() => this.#store.claim(batch))
  readonly takeOver: TaskStore['takeOver'] = (search) =>
    this.#call(() => this.#store.takeOver(search))
  readonly findOverdue: TaskStore['findOverdue'] = (search) =>
    this.#call(() => this.#store.findOverdue(search))
  readonly findUndispatched: TaskStore['findUndispatched'] = (search) =>
    this.#call(() => this.#store.findUndispatched(search))
  readonly heartbeat: TaskStore['heartbeat'] = (beat) =>
    this.#call(() => this.#store.heartbeat(beat))
  readonly release: TaskStore['release'] = (claims) => this.#call(() => this.#store.release(claims))

  readonly append: SagaStore['append'] = (batch) => {
    if (this.fate === 'dies before the append') this.die()
    return this.#call(async () => {
      const results = await this.#store.append(batch)
      // A race that is lost is no append: it decides once more.
      const isApplied = results.some(({ applied }) => applied)
      if (isApplied && this.fate === 'dies after the append') this.die()
      return results
    })
  }

  async #call<T>(work: () => Promise<T>): Promise<T> {
    const { promise: never } = Promise.withResolvers<T>()
    if (this.#isDead) return never
    const called = work()
    const ended = Promise.allSettled([called])
    this.#pending.add(ended)
    void ended.then(() => this.#pending.delete(ended))
    const result = await called
    return this.#isDead ? never : result
  }
}
