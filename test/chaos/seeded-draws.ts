/** Numbers and choices that the same seed gives again. */
export class SeededDraws {
  readonly seed: number
  #state: bigint

  constructor(seed: number) {
    this.seed = seed
    this.#state = BigInt(seed)
  }

  /** From [0, 1), by splitmix64. */
  next(): number {
    this.#state = BigInt.asUintN(64, this.#state + 0x9e3779b97f4a7c15n)
    let mixed = this.#state
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n)
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn)
    return Number((mixed ^ (mixed >> 31n)) >> 11n) / 2 ** 53
  }

  /** A whole number from `from` up to, not including, `below`. */
  between(from: number, below: number): number {
    return from + Math.floor(this.next() * (below - from))
  }

  /** The same things in another order. */
  shuffled<T>(things: readonly T[]): readonly T[] {
    return things
      .map((thing) => ({ thing, order: this.next() }))
      .toSorted((a, b) => a.order - b.order)
      .map(({ thing }) => thing)
  }
}

/** The seed to repeat a run with, from CHAOS_SEED, or a fresh one. */
export function chaosSeed(): number {
  const given = Number(process.env['CHAOS_SEED'])
  return Number.isSafeInteger(given) && given > 0 ? given : Math.floor(Math.random() * 2 ** 53)
}
