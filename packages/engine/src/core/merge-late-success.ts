import { foreseen, type Moment } from './moment.ts'
import type { Plan } from './plan.ts'
import { stepKey } from './plan-steps.ts'
import { currentStep, stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'

/** A state and the moment that led to it. */
export interface Merged {
  readonly state: SagaState
  readonly moment: Moment
}

/**
 * Success beats every other verdict: one that an earlier attempt reported late settles the step that the branch is at.
 * Without one, state and moment come back as they are.
 */
export function mergeLateSuccess(plan: Plan, state: SagaState, moment: Moment): Merged {
  const { branch, at, events } = moment
  const node = state.branches[branch] === undefined ? undefined : currentStep(plan, state, branch)
  if (node === undefined) return { state, moment }
  const step = stepKey(plan, branch, node)
  const { lateSuccess } = stepOf(state, step).action
  if (lateSuccess === null) return { state, moment }
  const event = { type: 'action_succeeded', branch, step, ...lateSuccess } as const
  const settled = foreseen(plan, state, event, at)
  return { state: settled, moment: { branch, at, events: [...events, event] } }
}
