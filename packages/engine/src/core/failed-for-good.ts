import { beginCompensation } from './begin-compensation.ts'
import type { Failure } from './failure.ts'
import { stuck } from './halt.ts'
import type { Moment } from './moment.ts'
import type { CompensatableStep, PivotStep, Plan } from './plan.ts'
import type { SagaDecision } from './saga-decision.ts'
import type { SagaState } from './state.ts'

/**
 * A step will not succeed by itself, and nothing forbids to turn back: that is what the saga does, unless the step is to be
 * parked for an operator to look at. Where somebody has asked for a cancel, there is nothing left to ask an operator.
 */
export function failedForGood(
  plan: Plan,
  state: SagaState,
  moment: Moment & { readonly node: CompensatableStep | PivotStep; readonly failure: Failure },
): SagaDecision {
  const { branch, events, node, failure } = moment
  const step = node.name
  if (node.onFailure === 'park' && state.cancel !== 'requested') {
    return stuck(events, { code: 'parked_by_policy', direction: 'forward', branch, step, failure })
  }
  return beginCompensation(plan, state, { ...moment, failure: { ...failure, step } })
}
