import type { SagaCounts } from './saga-counts.ts'

/** Shows how far the sagas are: one line that rewrites itself on a terminal, elsewhere a line each second. */
export class Progress {
  readonly #out: NodeJS.WriteStream
  readonly #total: number
  readonly #startedAtMs = performance.now()
  #shownAtMs = 0
  #lastPrinted: SagaCounts | null = null

  constructor(out: NodeJS.WriteStream, total: number) {
    this.#out = out
    this.#total = total
  }

  /** Shows the counts of now. */
  show(counts: SagaCounts): void {
    if (this.#out.isTTY) {
      this.#out.write(`\r${this.#lineOf(counts)}\u001b[K`)
      return
    }
    const nowMs = performance.now()
    if (nowMs - this.#shownAtMs < 1_000) return
    this.#shownAtMs = nowMs
    this.#lastPrinted = counts
    this.say(this.#lineOf(counts))
  }

  /** Puts a line of text above the line that rewrites itself. */
  say(line: string): void {
    this.#out.write(this.#out.isTTY ? `\r${line}\u001b[K\n` : `${line}\n`)
  }

  /** Shows the last counts, and leaves them there. */
  end(counts: SagaCounts): void {
    if (this.#lastPrinted !== counts) this.say(this.#lineOf(counts))
  }

  #lineOf(counts: SagaCounts): string {
    const seconds = ((performance.now() - this.#startedAtMs) / 1_000).toFixed(1)
    const { started, running, compensating, completed, compensated, stuck } = counts
    return [
      `${seconds.padStart(5)} s`,
      `started ${started}/${this.#total}`,
      `running ${running}`,
      `compensating ${compensating}`,
      `completed ${completed}`,
      `compensated ${compensated}`,
      `stuck ${stuck}`,
    ].join('  ')
  }
}
