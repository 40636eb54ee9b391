/** The constants of splitmix64, which spreads the bits of a seed over the whole state. */
const golden = 0x9e3779b97f4a7c15n
const mixers = [0xbf58476d1ce4e5b9n, 0x94d049bb133111ebn] as const

/** Numbers and choices that the same seed gives again: sfc32, with 128 bits of state from a seed of 53. */
export class Draws {
  #a: number
  #b: number
  #c: number
  #counter: number

  constructor(seed: number) {
    const first = spread(BigInt(seed) + golden)
    const second = spread(BigInt(seed) + 2n * golden)
    this.#a = Number(first & 0xffffffffn) | 0
    this.#b = Number(first >> 32n) | 0
    this.#c = Number(second & 0xffffffffn) | 0
    this.#counter = Number(second >> 32n) | 0
    for (let round = 0; round < 12; round += 1) this.bits()
  }

  /** 32 bits, as a whole number from 0. */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** From [0, 1). */
  next(): number {
    return this.bits() / 2 ** 32
  }

  /** True so often. */
  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1))
  }

  /** One of them. */
  pick<T>(things: readonly T[]): T {
    const picked = things[Math.floor(this.next() * things.length)]
    if (picked === undefined) throw new RangeError('There is nothing to pick from.')
    return picked
  }
}

function spread(value: bigint): bigint {
  let mixed = BigInt.asUintN(64, value)
  mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * mixers[0])
  mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * mixers[1])
  return mixed ^ (mixed >> 31n)
}
