import type { Clock } from '../../packages/engine/src/ports/clock.ts'
import type { Draws } from './draws.ts'
import type { Trace } from './trace.ts'
import type { Happening, Timeline, Witnessed } from './timeline.ts'

/** How a process is born. */
export interface NodeOptions {
  readonly name: string
  readonly timeline: Timeline
  readonly draws: Draws
  readonly trace: Trace
  /** Seconds on its clock for one second of the world. */
  readonly clockRate: number
}

/**
 * A process. Everything that reaches it comes through here, so that it can be frozen, with what comes meanwhile kept for it,
 * or die, with whatever it waited for never coming.
 */
export class SimNode implements Witnessed {
  readonly name: string
  readonly clock: Clock
  readonly #timeline: Timeline
  readonly #draws: Draws
  readonly #trace: Trace
  readonly #clockRate: number
  readonly #clockStartMs: number
  #held: Happening[] = []
  #isDead = false
  #isFrozen = false
  #isCutOff = false
  #frozenAtMs = -1

  constructor({ name, timeline, draws, trace, clockRate }: NodeOptions) {
    this.name = name
    this.#timeline = timeline
    this.#draws = draws
    this.#trace = trace
    this.#clockRate = clockRate
    this.#clockStartMs = draws.between(0, 1_000_000)
    this.clock = {
      monotonicMs: () => this.#clockStartMs + timeline.nowMs * clockRate,
      random: () => draws.next(),
      after: (ms, callback) => this.#timer(ms, callback),
      sleep: (ms, signal) => this.#sleep(ms, signal),
    }
  }

  get isDead(): boolean {
    return this.#isDead
  }

  get isFrozen(): boolean {
    return this.#isFrozen
  }

  /** Whether the store is out of its reach. */
  get isCutOff(): boolean {
    return this.#isCutOff
  }

  /** Alive, and not frozen. */
  get isUp(): boolean {
    return !this.#isDead && !this.#isFrozen
  }

  hold(happening: Happening): void {
    this.#held.push(happening)
  }

  /** kill -9: nothing reaches it any more, and nothing comes of it. */
  die(): void {
    this.#isDead = true
    this.#isFrozen = false
    this.#held = []
  }

  /** SIGSTOP. Its clock goes on. */
  freeze(): void {
    this.#isFrozen = true
    this.#frozenAtMs = this.#timeline.nowMs
  }

  /** Whether it stood still at any time since then. */
  wasFrozenSince(ms: number): boolean {
    return this.#isFrozen || this.#frozenAtMs >= ms
  }

  /** SIGCONT: what has come meanwhile is there at once. */
  thaw(): void {
    if (!this.#isFrozen) return
    this.#isFrozen = false
    this.#timeline.release(this.#held)
    this.#held = []
  }

  /** The network between it and the store goes, or comes back. */
  cutOff(isCutOff: boolean): void {
    this.#isCutOff = isCutOff
  }

  /** It asks something of a port. */
  note(what: string): void {
    this.#trace.note(this.#timeline.nowMs, `${this.name} ${what}`)
  }

  /** Something reaches this process after so many milliseconds of the world. */
  reach(ms: number, label: string, run: () => void): Happening {
    return this.#timeline.after(ms, this, `${this.name} ${label}`, run)
  }

  #timer(ms: number, callback: () => void): () => void {
    this.note(`sets a timer for ${Math.round(ms)} ms`)
    // Timers are never early, and often a little late.
    const lateMs = this.#draws.chance(0.2) ? this.#draws.between(1, 5) : 0
    const happening = this.reach(ms / this.#clockRate + lateMs, 'timer', callback)
    return () => void (happening.isOff = true)
  }

  async #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || signal?.aborted === true) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const wake = (): void => resolve()
    const callOff = this.#timer(ms, wake)
    signal?.addEventListener('abort', wake, { once: true })
    await promise
    callOff()
    signal?.removeEventListener('abort', wake)
  }
}
