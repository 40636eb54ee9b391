import type { FallbackBegan } from './fallback-event.ts'
import { foreseen, type Moment } from './moment.ts'
import { nextAction } from './next-action.ts'
import { hasFallback, type Plan, type StepNode } from './plan.ts'
import { stepKey } from './plan-steps.ts'
import type { SagaDecision } from './saga-decision.ts'
import type { ActionState, SagaState } from './state.ts'

/** Whether a step has another way that was not gone yet since it last had a fresh budget. */
export function canFallBack(node: StepNode, { fallback, lateSuccess }: ActionState): boolean {
  return hasFallback(node) && fallback === 'unused' && lateSuccess === null
}

/**
 * The decision to go the other way. It is an event of its own: who takes over after a crash could not tell otherwise which
 * of the two was under way, and an open circuit is nothing that others can see.
 */
export function beginFallback(
  plan: Plan,
  state: SagaState,
  {
    branch,
    at,
    events,
    node,
    reason,
  }: Moment & { readonly node: StepNode; readonly reason: FallbackBegan['reason'] },
): SagaDecision {
  const step = stepKey(plan, branch, node)
  const began = { type: 'fallback_began', branch, step, reason } as const
  const turned = foreseen(plan, state, began, at)
  return nextAction(plan, turned, { branch, at, events: [...events, began] })
}
