import {
  circuitBreaker,
  CircuitState as PolicyState,
  ConsecutiveBreaker,
  handleWhen,
  type CircuitBreakerPolicy,
  type IBreaker,
} from 'cockatiel'
import type { BreakerPlan } from '../core/plan.ts'
import type { Breaker, BreakerMaking, Breakers, CircuitState, Pass } from '../ports/breakers.ts'
import { WindowBreaker } from './window-breaker.ts'

/** Circuit breakers by cockatiel. It reads the system's wall clock, so that simulations have others. */
export class CockatielBreakers implements Breakers {
  make(options: BreakerMaking): Breaker {
    return new CockatielBreaker(options)
  }
}

/** Thrown where an attempt has failed: all that the policy is to count. */
const failure = new Error('The attempt failed.')

/**
 * A policy of cockatiel that is told of attempts when they have ended. To let them run inside of it would leave a circuit
 * half-open for ever behind an attempt that is given up, and have others wait in line behind the one that tries.
 */
class CockatielBreaker implements Breaker {
  readonly #options: BreakerMaking
  readonly #policy: CircuitBreakerPolicy
  #openedMs = 0
  #isTrying = false
  #changes = 0
  #told: CircuitState = 'closed'

  constructor(options: BreakerMaking) {
    const { plan } = options
    this.#options = options
    this.#policy = circuitBreaker(
      handleWhen((error) => error === failure),
      { halfOpenAfter: plan.halfOpenAfterMs, breaker: detectorOf(plan) },
    )
    this.#policy.onBreak(() => {
      this.#openedMs = this.#options.clock.monotonicMs()
      this.#changes += 1
    })
    this.#policy.onReset(() => {
      this.#changes += 1
    })
  }

  get state(): CircuitState {
    if (this.#policy.state === PolicyState.Closed) return 'closed'
    return this.#isTrying ? 'half_open' : 'open'
  }

  enter(): Pass | null {
    if (this.state === 'closed') return this.#passOf(this.#changes)
    if (this.#isTrying || this.restMs() > 0) return null
    this.#isTrying = true
    this.#tell()
    return this.#passOf(this.#changes)
  }

  restMs(): number {
    if (this.state !== 'open') return 0
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
      succeeded: once(() => void this.#count(() => undefined)),
      failed: once(() => void this.#count(fail)),
      released: once(() => {
        this.#isTrying = false
        this.#tell()
      }),
    }
  }

  async #count(attempt: () => void): Promise<void> {
    try {
      await this.#policy.execute(attempt)
    } catch {
      // The failure that was counted. Or the wall clock was set back, and the policy lets nobody through: the next one tries.
    }
    this.#isTrying = false
    this.#tell()
  }

  #tell(): void {
    const { state } = this
    if (state === this.#told) return
    this.#told = state
    this.#options.onChange(state)
  }
}

function fail(): never {
  throw failure
}

function detectorOf(plan: BreakerPlan): IBreaker {
  switch (plan.type) {
    case 'consecutive':
      return new ConsecutiveBreaker(plan.failures)
    case 'sampling':
      return new WindowBreaker(plan)
  }
}
