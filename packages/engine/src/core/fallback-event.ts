/** The next attempt at a step goes the other way, by its fallback, and is the last one: the action is not tried again. */
export interface FallbackBegan {
  readonly type: 'fallback_began'
  readonly branch: string
  readonly step: string
  /** The budget of attempts or of time was spent, or the circuit was open when the action was due. */
  readonly reason: 'attempts_spent' | 'circuit_open'
}
