import { SamplingBreaker, type CircuitState, type IBreaker } from 'cockatiel'
import type { SamplingBreaker as SamplingPlan } from '../core/plan.ts'

/**
 * Cockatiel's sampling breaker, for a window of time. That one drops the past by one part of its window at each attempt, so
 * that after a quiet hour the failures from before it would still count: this one begins anew.
 */
export class WindowBreaker implements IBreaker {
  readonly #plan: SamplingPlan
  #inner: SamplingBreaker
  #lastMs: number

  constructor(plan: SamplingPlan) {
    this.#plan = plan
    this.#inner = samplingOf(plan)
    this.#lastMs = Date.now()
  }

  get state(): unknown {
    return this.#inner.state
  }

  set state(value: unknown) {
    this.#inner.state = value
  }

  success(state: CircuitState): void {
    this.#fresh().success(state)
  }

  failure(state: CircuitState): boolean {
    return this.#fresh().failure(state)
  }

  #fresh(): SamplingBreaker {
    const now = Date.now()
    if (now - this.#lastMs >= this.#plan.windowMs) this.#inner = samplingOf(this.#plan)
    this.#lastMs = now
    return this.#inner
  }
}

function samplingOf({ failureRate, windowMs, minimumCalls }: SamplingPlan): SamplingBreaker {
  // It compares numbers that were rounded on their way: half an attempt less is not yet one less.
  const minimumRps = ((minimumCalls - 0.5) * 1_000) / windowMs
  return new SamplingBreaker({ threshold: failureRate, duration: windowMs, minimumRps })
}
