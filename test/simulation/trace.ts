/**
 * What happened in a run, in order: every decision of the scheduler and every call of a port. Two runs of one seed are the
 * same run exactly when their hashes are.
 */
export class Trace {
  readonly #keeps: boolean
  readonly lines: string[] = []
  #high = 0x811c9dc5
  #low = 0x1b873593
  #length = 0

  /** @param keeps whether the lines are kept for a reader, or only their hash */
  constructor(keeps: boolean) {
    this.#keeps = keeps
  }

  /** One more line. */
  note(atMs: number, line: string): void {
    this.#mix(atMs)
    for (let index = 0; index < line.length; index += 1) this.#mix(line.charCodeAt(index))
    this.#length += 1
    if (this.#keeps) this.lines.push(`${(atMs / 1_000).toFixed(3).padStart(9)} s  ${line}`)
  }

  /** How many lines there were. */
  get length(): number {
    return this.#length
  }

  /** 64 bits of hash over all lines, in hexadecimal. */
  get hash(): string {
    return `${hex(this.#high)}${hex(this.#low)}`
  }

  #mix(value: number): void {
    this.#high = Math.imul(this.#high ^ value, 0x01000193)
    this.#low = Math.imul(this.#low ^ (value + 0x9e37), 0x85ebca6b) ^ (this.#low >>> 13)
  }
}

function hex(half: number): string {
  return (half >>> 0).toString(16).padStart(8, '0')
}
