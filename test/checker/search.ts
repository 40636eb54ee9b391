import { outcomeOf } from './apply-move.ts'
import { LivenessGraph } from './liveness-graph.ts'
import { possibleMoves } from './moves.ts'
import { NumberList } from './number-list.ts'
import type { SagaBook } from './saga-book.ts'
import { StateTable } from './state-table.ts'
import { firstWorld } from './tables.ts'
import { traceOf, type Trace } from './trace.ts'
import { isEnd } from './world-invariants.ts'
import { codeOf } from './world-code.ts'
import type { PossibleMove, World } from './world.ts'

/** What a search came to. */
export interface SearchResult {
  /** Worlds that differ in something that matters. */
  readonly states: number
  readonly transitions: number
  /** The longest of the shortest ways to a world. */
  readonly depth: number
  /** Worlds in which the saga has ended or is stuck. */
  readonly ends: number
  readonly ms: number
  /** Every world was seen. Else it was stopped, and whether each world has a way to an end was not looked at. */
  readonly complete: boolean
  /** The first invariant that broke, and the shortest way there. */
  readonly violation: Violation | null
}

/** An invariant that does not hold. */
export interface Violation {
  readonly invariant: string
  readonly trace: Trace
}

/**
 * Breadth-first through every world that can come about, so that the first violation is a shortest one. Each transition is
 * checked, also one that leads to a world that is known. At the end, every world must have a way to an end on which
 * nothing goes wrong any more.
 */
export function searchAll(book: SagaBook, maximumStates: number): SearchResult {
  return new Search(book, maximumStates).run()
}

class Search {
  readonly #book: SagaBook
  readonly #maximumStates: number
  readonly #table = new StateTable()
  /** By state, the state from which it was first reached. */
  readonly #parents = new NumberList()
  readonly #graph = new LivenessGraph()
  #next: World[] = []
  #transitions = 0
  #ends = 0
  #broken: { readonly from: number; readonly move: PossibleMove; readonly why: string } | null =
    null

  constructor(book: SagaBook, maximumStates: number) {
    this.#book = book
    this.#maximumStates = maximumStates
  }

  run(): SearchResult {
    const startedMs = performance.now()
    this.#reach(firstWorld(this.#book), -1)
    let depth = 0
    let state = 0
    while (this.#next.length > 0 && this.#broken === null && this.#isComplete) {
      const worlds = this.#next
      this.#next = []
      for (const world of worlds) {
        this.#expand(world, state)
        state += 1
      }
      if (this.#next.length > 0) depth += 1
    }
    const violation = this.#violation()
    const ms = performance.now() - startedMs
    const [states, transitions, ends] = [this.#table.size, this.#transitions, this.#ends]
    return { states, transitions, depth, ends, ms, violation, complete: this.#isComplete }
  }

  get #isComplete(): boolean {
    return this.#table.size <= this.#maximumStates
  }

  #expand(world: World, state: number): void {
    if (this.#broken !== null || !this.#isComplete) return
    const end = isEnd(this.#book, world)
    if (end) this.#ends += 1
    this.#graph.begin(end)
    for (const possible of possibleMoves(this.#book, world)) {
      this.#transitions += 1
      const outcome = outcomeOf(this.#book, world, possible)
      if (outcome.broken !== null) {
        this.#broken = { from: state, move: possible, why: outcome.broken }
        return
      }
      const to = this.#reach(outcome.world, state)
      if (possible.fair && to !== state) this.#graph.add(to)
    }
  }

  #reach(world: World, from: number): number {
    const known = this.#table.add(codeOf(this.#book, world))
    if (known >= 0) return known
    this.#parents.push(from)
    this.#next.push(world)
    return -1 - known
  }

  #violation(): Violation | null {
    if (this.#broken !== null) {
      const { from, move, why } = this.#broken
      return { invariant: why, trace: this.#trace(from, move) }
    }
    if (!this.#isComplete) return null
    const lost = this.#graph.firstWithoutEnd()
    if (lost === null) return null
    const invariant =
      'G8: from here the saga neither ends nor gets stuck, though nothing goes wrong any more'
    return { invariant, trace: this.#trace(lost, null) }
  }

  #trace(to: number, last: PossibleMove | null): Trace {
    const way: number[] = []
    for (let state = to; state >= 0; state = this.#parents.at(state)) way.unshift(state)
    const find = (world: World): number => this.#table.find(codeOf(this.#book, world))
    return traceOf(this.#book, { way, last, find })
  }
}
