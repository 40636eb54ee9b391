import type { BreakerPlan } from '../core/plan.ts'
import type { Clock } from './clock.ts'

/** Makes circuit breakers. */
export interface Breakers {
  make(options: BreakerMaking): Breaker
}

/** What a breaker is made with. */
export interface BreakerMaking {
  readonly plan: BreakerPlan
  readonly clock: Clock
  /** Called whenever the circuit has come to another state. */
  readonly onChange: (state: CircuitState) => void
}

/** `closed`: attempts are made. `open`: they are kept back. `half_open`: one is at work, and decides. */
export type CircuitState = 'closed' | 'open' | 'half_open'

/**
 * Counts how attempts end, and keeps others back while too many fail.
 *
 * I1. Half-open lets exactly one attempt through: the next one follows its verdict, or its release.
 * I2. What was let through before the circuit last changed counts no more: it tells of a time that is over.
 */
export interface Breaker {
  readonly state: CircuitState
  /** Lets an attempt through; null while the circuit keeps it back. */
  enter(): Pass | null
  /** Milliseconds until the circuit may be half-open: 0 when an attempt would be let through, or one is at work already. */
  restMs(): number
}

/** An attempt that was let through. It is told once how that ended; what is told later has no effect. */
export interface Pass {
  /** The participant answered. */
  succeeded(): void
  /** It did not, or with an error. The circuit may need a moment to come to its new state. */
  failed(): void
  /** No attempt was made, or it tells nothing of the participant. */
  released(): void
}
