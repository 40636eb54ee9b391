import type { Ids } from '../ports/ids.ts'
import { seededRandom } from './seeded-random.ts'

/**
 * Ids that are the same in every run with the same seed, so that a failing run can be told again. Two instances with one
 * seed give the same names: give each its own where they meet in one store.
 */
export class SeededIds implements Ids {
  readonly #random: () => number
  #made = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  /** Ordered by a counter in the place of the time. */
  sortable(): string {
    this.#made += 1
    const count = this.#made.toString(16).padStart(12, '0')
    return `${count.slice(0, 8)}-${count.slice(8)}-7${this.#hex(3)}-8${this.#hex(3)}-${this.#hex(12)}`
  }

  unique(): string {
    return `${this.#hex(8)}-${this.#hex(4)}-4${this.#hex(3)}-8${this.#hex(3)}-${this.#hex(12)}`
  }

  nonce(): string {
    return `n${this.#hex(32)}`
  }

  #hex(digits: number): string {
    let text = ''
    while (text.length < digits) {
      const drawn = Math.floor(this.#random() * 2 ** 32)
      text += drawn.toString(16).padStart(8, '0')
    }
    return text.slice(0, digits)
  }
}
