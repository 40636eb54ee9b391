/** Names for ids that a store makes up by itself: by the order in which they appear, which two stores have in common. */
export class ClaimLabels {
  readonly #labels = new Map<string, string>()

  name(claimId: string): void {
    this.#labels.set(claimId, `takeover ${this.#labels.size + 1}`)
  }

  /** The same value with labels in the place of those ids. */
  applyTo(value: unknown): unknown {
    return JSON.parse(JSON.stringify(value), (_, part: unknown) =>
      typeof part === 'string' ? (this.#labels.get(part) ?? part) : part,
    )
  }
}
