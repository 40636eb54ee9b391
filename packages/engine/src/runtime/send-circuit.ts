import type { Clock } from '../ports/clock.ts'

/** `closed`: hints are sent. `open`: none is. `half_open`: none but the one that finds out whether it works again. */
export type CircuitState = 'closed' | 'open' | 'half_open'

/** What a circuit works with. */
export interface CircuitOptions {
  readonly clock: Clock
  /** Finds out whether what is behind the circuit works again; rejects when it does not. Bounded in time by itself. */
  readonly probe: () => Promise<void>
  /** Told of each new state. */
  readonly onChange: (state: CircuitState) => void
}

/** So many failures in a row, with no success between them, are no accident. Each may have taken two seconds. */
const failuresToOpen = 2

/** What takes longer counts as failed, though it may have succeeded. */
const slowMs = 1_000

/** The time between two probes, give or take a quarter: many processes must not ask all at once. */
const probeEveryMs = 1_000

/**
 * A circuit breaker that closes by itself.
 *
 * I1. It opens after two failures in a row; what is slow has failed.
 * I2. While it is open nothing runs but one probe at a time, a second or so apart, whether or not anybody asks for something.
 * I3. One probe that is quick and succeeds closes it.
 * I4. Once it has ended nothing is probed any more.
 */
export class Circuit {
  readonly #options: CircuitOptions
  readonly #ending = new AbortController()
  #state: CircuitState = 'closed'
  #failures = 0

  constructor(options: CircuitOptions) {
    this.#options = options
  }

  get state(): CircuitState {
    return this.#state
  }

  /** Runs the work, which is to be bounded in time, and learns from how it goes. Throws what the work throws. */
  async run(work: () => Promise<void>): Promise<void> {
    const isWell = await this.#timed(work).catch((error: unknown) => {
      this.#failed()
      throw error
    })
    if (isWell) this.#failures = 0
    else this.#failed()
  }

  /** Ends the probing; the state stays as it is. */
  end(): void {
    this.#ending.abort()
  }

  /** False for a success that came too late. */
  async #timed(work: () => Promise<void>): Promise<boolean> {
    const { clock } = this.#options
    const startedAtMs = clock.monotonicMs()
    await work()
    return clock.monotonicMs() - startedAtMs <= slowMs
  }

  #failed(): void {
    this.#failures += 1
    if (this.#failures < failuresToOpen || this.#state !== 'closed') return // I1
    this.#turn('open')
    void this.#probe()
  }

  async #probe(): Promise<void> {
    const { clock, probe } = this.#options
    const { signal } = this.#ending
    while (this.#state !== 'closed') {
      await clock.sleep(probeEveryMs * (0.75 + clock.random() * 0.5), signal) // I2
      if (signal.aborted) return // I4
      this.#turn('half_open')
      const isWell = await this.#timed(probe).catch(() => false)
      if (isWell) this.#failures = 0
      this.#turn(isWell ? 'closed' : 'open') // I3
    }
  }

  #turn(state: CircuitState): void {
    this.#state = state
    this.#options.onChange(state)
  }
}
