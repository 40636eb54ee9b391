import type { Backstep } from '@backstep/engine'

/** Counts the appends of a client and its worker that somebody else's append has overtaken: each is decided anew. */
export class LostAppends {
  #lost = 0

  /** So far. */
  get count(): number {
    return this.#lost
  }

  /** Looks at the answers of this client from here on. Before its worker is started. */
  watch({ shared }: Backstep): void {
    const { sagas } = shared.engine
    const append = sagas.append.bind(sagas)
    const watched: typeof sagas.append = async (batch) => {
      const results = await append(batch)
      for (const { applied } of results) if (!applied) this.#lost += 1
      return results
    }
    Object.assign(sagas, { append: watched })
  }
}
