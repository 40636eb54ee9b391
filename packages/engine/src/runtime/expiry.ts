import type { Clock } from '../ports/clock.ts'

/** A time limit that can be called off. */
export interface Expiry {
  /** Aborted when the time is over. */
  readonly signal: AbortSignal
  /** Calls it off; the timer goes. */
  cancel(): void
}

/** A limit on the port's clock, so that whoever holds that clock holds the limit too. */
export function expiry(clock: Clock, ms: number): Expiry {
  const over = new AbortController()
  // A reason of one's own: making the default one, with its stack, costs more than the timer.
  const cancel = clock.after(ms, () => over.abort('time is over'))
  return { signal: over.signal, cancel }
}
