import type { Failure } from './failure.ts'
import type { Moment } from './moment.ts'
import { haltBranch } from './halt-branch.ts'
import { turnBack } from './next-action.ts'
import type { CompensatableStep, PivotStep, Plan } from './plan.ts'
import { stepKey } from './plan-steps.ts'
import type { SagaDecision } from './saga-decision.ts'
import type { SagaState } from './state.ts'

/**
 * A step will not succeed by itself, and nothing forbids to turn back: that is what the saga does, unless the step is to be
 * parked for an operator to look at. Where somebody has asked for a cancel, or a branch beside it has failed, there is
 * nothing left to ask an operator.
 */
export function failedForGood(
  plan: Plan,
  state: SagaState,
  moment: Moment & { readonly node: CompensatableStep | PivotStep; readonly failure: Failure },
): SagaDecision {
  const { branch, node, failure } = moment
  const step = stepKey(plan, branch, node)
  const goesBack = state.cancel === 'requested' || state.turning !== null
  if (node.onFailure === 'park' && !goesBack) {
    const record = {
      code: 'parked_by_policy',
      direction: 'forward',
      branch,
      step,
      failure,
    } as const
    return haltBranch(plan, state, { ...moment, record })
  }
  return turnBack(plan, state, { ...moment, failure: { ...failure, step } })
}
