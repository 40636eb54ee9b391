/** Whole numbers in a row that grows, four bytes each. */
export class NumberList {
  #numbers = new Int32Array(1 << 12)
  #length = 0

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    if (this.#length === this.#numbers.length) {
      const longer = new Int32Array(this.#length * 2)
      longer.set(this.#numbers)
      this.#numbers = longer
    }
    this.#numbers[this.#length] = value
    this.#length += 1
  }

  /** Takes the last one away; -1 when there is none. */
  pop(): number {
    if (this.#length === 0) return -1
    this.#length -= 1
    return this.at(this.#length)
  }

  at(place: number): number {
    return this.#numbers[place] ?? -1
  }
}
