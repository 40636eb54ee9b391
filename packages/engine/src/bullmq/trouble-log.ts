const QUIET_MS = 10_000
const MOST_KINDS = 50
const OTHER_KINDS = 'other'

/**
 * Lets trouble through at a pace that one can read: the first of a kind at once, then at most one line of that kind per
 * quiet time with the number of those that it stands for. A full Redis makes thousands of errors in a second.
 */
export class TroubleLog<T> {
  readonly #write: (trouble: T, count: number) => void
  readonly #quietMs: number
  readonly #kinds = new Map<string, Held<T>>()
  #closed = false

  constructor(write: (trouble: T, count: number) => void, quietMs: number = QUIET_MS) {
    this.#write = write
    this.#quietMs = quietMs
  }

  /** Takes one. Kinds beyond the first fifty share one line: whoever can forge jobs can invent kinds. */
  report(kind: string, trouble: T): void {
    if (this.#closed) return
    const known = this.#kinds.has(kind) || this.#kinds.size < MOST_KINDS
    const name = known ? kind : OTHER_KINDS
    const held = this.#kinds.get(name)
    if (held !== undefined) {
      held.count += 1
      held.last = trouble
      return
    }
    // The timer comes first: a writer that throws must not open the gates.
    this.#keepQuiet(name, trouble)
    this.#write(trouble, 1)
  }

  /** Writes what is held back, and nothing any more after that. */
  close(): void {
    this.#closed = true
    const held = [...this.#kinds.values()]
    this.#kinds.clear()
    for (const { timer, count, last } of held) {
      clearTimeout(timer)
      if (count > 0) this.#write(last, count)
    }
  }

  #keepQuiet(kind: string, trouble: T): void {
    const timer = setTimeout(() => this.#quietIsOver(kind), this.#quietMs)
    timer.unref()
    this.#kinds.set(kind, { timer, count: 0, last: trouble })
  }

  #quietIsOver(kind: string): void {
    const held = this.#kinds.get(kind)
    this.#kinds.delete(kind)
    if (held === undefined || held.count === 0) return
    this.#keepQuiet(kind, held.last)
    this.#write(held.last, held.count)
  }
}

interface Held<T> {
  readonly timer: NodeJS.Timeout
  count: number
  last: T
}
