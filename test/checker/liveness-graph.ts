import { NumberList } from './number-list.ts'

/** States, in the order of their numbers, and the moves between them that fair workers make by themselves. */
export class LivenessGraph {
  /** By state, where its moves begin in the list of targets. */
  readonly #begins = new NumberList()
  readonly #targets = new NumberList()
  readonly #ends = new NumberList()

  /** The next state; what is added from here on are its moves. */
  begin(isEnd: boolean): void {
    this.#begins.push(this.#targets.length)
    this.#ends.push(isEnd ? 1 : 0)
  }

  add(target: number): void {
    this.#targets.push(target)
  }

  /** The first state that no way leads from to an end; null when there is none. Found from the ends backwards. */
  firstWithoutEnd(): number | null {
    const size = this.#begins.length
    const { starts, sources } = this.#reversed(size)
    const reached = new Uint8Array(size)
    const pending = new NumberList()
    const reach = (state: number): void => {
      if (reached[state] === 1) return
      reached[state] = 1
      pending.push(state)
    }
    for (let state = 0; state < size; state += 1) if (this.#ends.at(state) === 1) reach(state)
    while (pending.length > 0) {
      const state = pending.pop()
      const to = starts[state + 1] ?? 0
      for (let place = starts[state] ?? 0; place < to; place += 1) reach(sources[place] ?? 0)
    }
    const first = reached.indexOf(0)
    return first < 0 ? null : first
  }

  /** By state, the states that have a move to it: where they begin in `sources`, and these. */
  #reversed(size: number): { readonly starts: Int32Array; readonly sources: Int32Array } {
    const starts = new Int32Array(size + 1)
    for (let move = 0; move < this.#targets.length; move += 1) {
      const target = this.#targets.at(move)
      starts[target + 1] = (starts[target + 1] ?? 0) + 1
    }
    for (let state = 0; state < size; state += 1) {
      starts[state + 1] = (starts[state + 1] ?? 0) + (starts[state] ?? 0)
    }
    const filled = starts.slice()
    const sources = new Int32Array(this.#targets.length)
    for (let state = 0; state < size; state += 1) {
      const end = state + 1 < size ? this.#begins.at(state + 1) : this.#targets.length
      for (let move = this.#begins.at(state); move < end; move += 1) {
        const target = this.#targets.at(move)
        const place = filled[target] ?? 0
        sources[place] = state
        filled[target] = place + 1
      }
    }
    return { starts, sources }
  }
}
