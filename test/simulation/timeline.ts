import type { Draws } from './draws.ts'
import { everythingSettled, whenSettled } from './real-time.ts'
import type { Trace } from './trace.ts'

/** Who is to be there when something happens: a process that may be dead by then, or frozen. */
export interface Witnessed {
  readonly isDead: boolean
  readonly isFrozen: boolean
  /** Keeps what comes while the process is frozen. */
  readonly hold: (happening: Happening) => void
}

/** Something that will happen. */
export interface Happening {
  readonly owner: Witnessed | null
  readonly label: string
  readonly run: () => void
  atMs: number
  /** Decides among what happens at the same time. */
  tie: number
  isOff: boolean
}

/**
 * The world's only source of events. What is due first happens first, what is due at the same moment in an order that the
 * seed decides, and everything that follows from one event without waiting is over before the next.
 */
export class Timeline {
  readonly #draws: Draws
  readonly #trace: Trace
  readonly #heap: Happening[] = []
  #nowMs = 0
  #happened = 0

  constructor(draws: Draws, trace: Trace) {
    this.#draws = draws
    this.#trace = trace
  }

  /** Milliseconds since the world began. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** How much has happened. */
  get happened(): number {
    return this.#happened
  }

  /** Lets something happen after so many milliseconds; not at all if its owner is dead by then. */
  after(ms: number, owner: Witnessed | null, label: string, run: () => void): Happening {
    const atMs = this.#nowMs + Math.max(0, Math.ceil(ms))
    const happening = { owner, label, run, atMs, tie: this.#draws.bits(), isOff: false }
    this.#push(happening)
    return happening
  }

  /** What was held for a process that goes on happens now, in an order of its own. */
  release(held: readonly Happening[]): void {
    for (const happening of held) {
      happening.atMs = this.#nowMs
      happening.tie = this.#draws.bits()
      this.#push(happening)
    }
  }

  /** Lets something happen now that is nobody's event: what follows from it is over before time goes on. */
  async now(label: string, run: () => void): Promise<void> {
    this.#trace.note(this.#nowMs, label)
    run()
    await everythingSettled()
  }

  /**
   * Lets things happen up to that time, one after the other.
   *
   * @returns true as soon as `isOver` is; false when nothing is left to happen by then
   */
  run(untilMs: number, isOver: () => boolean): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>()
    // No promise for each event: there are a thousand in a seed.
    const goOn = (): void => {
      try {
        if (isOver()) resolve(true)
        else if (this.#step(untilMs)) whenSettled(goOn)
        else resolve(false)
      } catch (error) {
        reject(error)
      }
    }
    void Promise.resolve().then(goOn)
    return promise
  }

  /** Lets the next thing happen. False when nothing is left, or nothing up to that time. */
  #step(untilMs: number): boolean {
    const next = this.#nextUpTo(untilMs)
    if (next === null) return false
    this.#nowMs = next.atMs
    if (next.owner?.isFrozen === true) {
      next.owner.hold(next)
      return true
    }
    this.#happened += 1
    this.#trace.note(next.atMs, next.label)
    next.run()
    return true
  }

  #nextUpTo(untilMs: number): Happening | null {
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined || first.atMs > untilMs) return null
      this.#pop()
      if (!first.isOff && first.owner?.isDead !== true) return first
    }
  }

  #push(happening: Happening): void {
    const heap = this.#heap
    let place = heap.length
    heap.push(happening)
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || !isBefore(happening, parent)) break
      heap[place] = parent
      place = above
    }
    heap[place] = happening
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let place = 0
    for (;;) {
      const child = this.#firstChild(place)
      const below = heap[child]
      if (below === undefined || !isBefore(below, last)) break
      heap[place] = below
      place = child
    }
    heap[place] = last
  }

  #firstChild(place: number): number {
    const left = 2 * place + 1
    const one = this.#heap[left]
    const other = this.#heap[left + 1]
    return one !== undefined && other !== undefined && isBefore(other, one) ? left + 1 : left
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.atMs === b.atMs ? a.tie < b.tie : a.atMs < b.atMs
}
