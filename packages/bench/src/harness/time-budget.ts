/**
 * Time shared out over groups of runs: each gets an equal part of what is left when it begins, so
 * that a slow machine shortens all of them and does not drop the last one.
 */
export class TimeBudget {
  readonly #endsAtMs: number | null
  readonly #now: () => number
  #groupEndsAtMs: number | null = null

  /** `budgetMs` null is without end; `now` in milliseconds, of a clock that never goes back. */
  constructor(budgetMs: number | null, now: () => number) {
    this.#endsAtMs = budgetMs === null ? null : now() + budgetMs
    this.#now = now
  }

  /** The next group begins; `groupsLeft` counts it. */
  beginGroup(groupsLeft: number): void {
    if (this.#endsAtMs === null) return
    this.#groupEndsAtMs = this.#now() + (this.#endsAtMs - this.#now()) / groupsLeft
  }

  /** Whether there is time for another run of this group. */
  hasTime(): boolean {
    return this.#groupEndsAtMs === null || this.#now() < this.#groupEndsAtMs
  }
}
