import type { WorldCode } from './world-code.ts'

/** Codes of worlds, each with a number from 0 in the order in which they came; open addressing, no objects. */
export class StateTable {
  #highs: Uint32Array
  #lows: Uint32Array
  /** By slot: the number of a code plus one, or 0. */
  #slots: Int32Array
  #size = 0

  constructor(capacity = 1 << 16) {
    this.#highs = new Uint32Array(capacity)
    this.#lows = new Uint32Array(capacity)
    this.#slots = new Int32Array(capacity * 2)
  }

  get size(): number {
    return this.#size
  }

  /** The number of a code; -1 minus its number when it is new, which it is no more. */
  add(code: WorldCode): number {
    if (this.#size === this.#highs.length) this.#grow()
    const slot = this.#slotOf(code)
    const found = this.#slots[slot] ?? 0
    if (found > 0) return found - 1
    const number = this.#size
    this.#highs[number] = code.high
    this.#lows[number] = code.low
    this.#size += 1
    this.#slots[slot] = this.#size
    return -1 - number
  }

  /** The number of a code that is there; -1 when it is not. */
  find(code: WorldCode): number {
    return (this.#slots[this.#slotOf(code)] ?? 0) - 1
  }

  #slotOf({ high, low }: WorldCode): number {
    const mask = this.#slots.length - 1
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const number = (this.#slots[slot] ?? 0) - 1
      if (number < 0) return slot
      if (this.#lows[number] === low && this.#highs[number] === high) return slot
    }
  }

  #grow(): void {
    const [highs, lows] = [this.#highs, this.#lows]
    this.#highs = new Uint32Array(highs.length * 2)
    this.#lows = new Uint32Array(lows.length * 2)
    this.#highs.set(highs)
    this.#lows.set(lows)
    this.#slots = new Int32Array(this.#highs.length * 2)
    for (let number = 0; number < this.#size; number += 1) {
      const code = { high: highs[number] ?? 0, low: lows[number] ?? 0 }
      this.#slots[this.#slotOf(code)] = number + 1
    }
  }
}
