/**
 * The participants of a saga, as an outsider sees them: which effects stand. They know an idempotency key when they see
 * it again, so an action takes effect once, whatever is made of its attempts; each round of an undo acts anew.
 */
export class Ledger {
  readonly #everApplied = new Set<string>()
  readonly #standing = new Set<string>()

  /** An action takes effect, unless it did so before under the same key. */
  apply(step: string): void {
    if (this.#everApplied.has(step)) return
    this.#everApplied.add(step)
    this.#standing.add(step)
  }

  /** An undo takes away what stands at this moment; what comes later, it misses. */
  undo(step: string): void {
    this.#standing.delete(step)
  }

  stands(step: string): boolean {
    return this.#standing.has(step)
  }

  wasApplied(step: string): boolean {
    return this.#everApplied.has(step)
  }
}
