import type { FollowingEvent } from './event.ts'
import { valueAt } from './key-map.ts'
import type { Plan } from './plan.ts'
import { pivotOf } from './plan-steps.ts'
import type { SagaState } from './state.ts'

/** A cancel that the pivot overtook is answered in the journal, once. */
export function refusedCancel(plan: Plan, state: SagaState): readonly FollowingEvent[] {
  if (state.cancel !== 'requested' || !pivotSucceeded(plan, state)) return []
  return [{ type: 'cancel_refused', reason: pastPivot }]
}

/** Why nothing turns a saga back any more. */
export const pastPivot = 'The pivot has succeeded; from there the saga only goes forward.'

/** Whether the saga is past its point of no return. */
export function pivotSucceeded(plan: Plan, state: SagaState): boolean {
  const pivot = pivotOf(plan)
  return pivot !== null && valueAt(state.steps, pivot.name)?.action.status === 'succeeded'
}
