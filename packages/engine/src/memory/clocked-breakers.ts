import type { BreakerPlan } from '../core/plan.ts'
import type { Breaker, BreakerMaking, Breakers, CircuitState, Pass } from '../ports/breakers.ts'

/** Circuit breakers that know no time but that of their clock: a simulation that is run again goes the same way. */
export class ClockedBreakers implements Breakers {
  make(options: BreakerMaking): Breaker {
    return new ClockedBreaker(options)
  }
}

interface Ended {
  readonly atMs: number
  readonly failed: boolean
}

class ClockedBreaker implements Breaker {
  readonly #options: BreakerMaking
  #state: CircuitState = 'closed'
  #openedMs = 0
  #changes = 0
  /** Since the circuit was closed, as far as they still count. */
  #ended: readonly Ended[] = []

  constructor(options: BreakerMaking) {
    this.#options = options
  }

  get state(): CircuitState {
    return this.#state
  }

  enter(): Pass | null {
    if (this.#state === 'half_open' || this.restMs() > 0) return null
    if (this.#state === 'open') this.#become('half_open')
    return this.#passOf(this.#changes)
  }

  restMs(): number {
    if (this.#state !== 'open') return 0
    const { plan, clock } = this.#options
    return Math.max(0, this.#openedMs + plan.halfOpenAfterMs - clock.monotonicMs())
  }

  #passOf(changes: number): Pass {
    let isOver = false
    const once = (end: () => void) => (): void => {
      if (isOver) return
      isOver = true
      // I2
      if (changes === this.#changes) end()
    }
    return {
      succeeded: once(() => this.#count(false)),
      failed: once(() => this.#count(true)),
      released: once(() => {
        if (this.#state === 'half_open') this.#become('open')
      }),
    }
  }

  #count(failed: boolean): void {
    const atMs = this.#options.clock.monotonicMs()
    if (this.#state === 'closed') {
      this.#ended = stillCounting(this.#options.plan, [...this.#ended, { atMs, failed }], atMs)
      if (!failed || !isTooMuch(this.#options.plan, this.#ended)) return
    }
    this.#ended = []
    this.#openedMs = atMs
    this.#become(failed ? 'open' : 'closed')
  }

  #become(state: CircuitState): void {
    this.#state = state
    this.#changes += 1
    this.#options.onChange(state)
  }
}

function stillCounting(plan: BreakerPlan, ended: readonly Ended[], now: number): readonly Ended[] {
  switch (plan.type) {
    case 'consecutive':
      return ended.slice(ended.findLastIndex(({ failed }) => !failed) + 1)
    case 'sampling':
      return ended.filter(({ atMs }) => now - atMs < plan.windowMs)
  }
}

function isTooMuch(plan: BreakerPlan, ended: readonly Ended[]): boolean {
  switch (plan.type) {
    case 'consecutive':
      return ended.length >= plan.failures
    case 'sampling': {
      const failures = ended.filter(({ failed }) => failed).length
      return ended.length >= plan.minimumCalls && failures > plan.failureRate * ended.length
    }
  }
}
