/**
 * The books of the participants, outside of the engine. They keep what a good participant keeps: an effect once for each
 * idempotency key, and no action that arrives after its compensation (`barrier: true`).
 */
export class Ledger {
  readonly #entries = new Map<string, 'applied' | 'undone'>()
  readonly #steps = new Map<string, { readonly sagaId: string; readonly step: string }>()

  /** @returns false when the effect was undone before it came: nothing happens */
  apply(key: string, of: { readonly sagaId: string; readonly step: string }): boolean {
    this.#steps.set(key, { sagaId: of.sagaId, step: of.step })
    if (this.#entries.get(key) === 'undone') return false
    this.#entries.set(key, 'applied')
    return true
  }

  isApplied(key: string): boolean {
    return this.#entries.get(key) === 'applied'
  }

  undo(actionKey: string): void {
    this.#entries.set(actionKey, 'undone')
  }

  /** What stands of a saga: each step as often as its effect does. */
  standing(sagaId: string): readonly string[] {
    const keys = [...this.#entries].flatMap(([key, entry]) => (entry === 'applied' ? [key] : []))
    return keys.flatMap((key) => {
      const of = this.#steps.get(key)
      return of?.sagaId === sagaId ? [of.step] : []
    })
  }
}
