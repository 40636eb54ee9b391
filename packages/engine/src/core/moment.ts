import type { FollowingEvent } from './event.ts'
import { evolve } from './evolve.ts'
import type { Plan } from './plan.ts'
import type { SagaState } from './state.ts'

/** A moment on a branch: when it is, and what happened in it so far. The events are already folded into the state. */
export interface Moment {
  readonly branch: string
  readonly at: number
  readonly events: readonly FollowingEvent[]
}

/** The state with one more event of this moment folded in: what the rest of a decision builds on. */
export function foreseen(
  plan: Plan,
  state: SagaState,
  event: FollowingEvent,
  at: number,
): SagaState {
  return evolve(plan, state, event, { seq: state.seq + 1, at })
}
