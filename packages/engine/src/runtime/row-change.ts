import type { FollowingEvent } from '../core/event.ts'
import { foldRest } from '../core/fold.ts'
import type { Plan } from '../core/plan.ts'
import type { SagaState } from '../core/state.ts'
import { mayMoveStatus } from '../core/status-events.ts'
import type { SagaRowChange } from '../ports/saga-store.ts'

/** What the saga's row has to say once these events are appended; null while its status stays, and its cause. */
export function rowChange(
  plan: Plan,
  state: SagaState,
  events: readonly FollowingEvent[],
): SagaRowChange | null {
  if (!events.some(mayMoveStatus)) return null
  const next = foldRest(plan, state, [{ seq: state.seq + 1, at: state.startedAt, events }])
  if (next.status === state.status && next.failure === state.failure) return null
  return {
    status: next.status,
    stuckCode: next.status === 'stuck' ? next.stuck.code : null,
    stuckStep: next.status === 'stuck' ? next.stuck.step : null,
    failure: next.failure ?? haltedBy(next),
    output: next.status === 'completed' ? next.output : null,
  }
}

/** What stopped a saga on its way forward: until it turns back, that is what people have to know. */
function haltedBy(state: SagaState): SagaRowChange['failure'] {
  return state.status === 'stuck' ? { ...state.stuck.failure, step: state.stuck.step } : null
}
