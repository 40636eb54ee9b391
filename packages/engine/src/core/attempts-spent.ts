import { beginFallback, canFallBack } from './begin-fallback.ts'
import { beginProbing } from './begin-probing.ts'
import type { SagaDecision } from './saga-decision.ts'
import type { Failure } from './failure.ts'
import { failedForGood } from './failed-for-good.ts'
import type { Moment } from './moment.ts'
import { haltBranch } from './halt-branch.ts'
import type { Plan, StepNode } from './plan.ts'
import { stepKey } from './plan-steps.ts'
import { canBeProbed } from './probing.ts'
import { stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'

/**
 * A step has no attempts left, and its outcome is unknown. Its fallback makes one more, if it has one that has not; then its
 * probe is asked, if it has one that has not been yet; else what follows depends on the step's role: a pivot is never guessed.
 */
export function attemptsSpent(
  plan: Plan,
  state: SagaState,
  moment: Moment & { readonly node: StepNode; readonly failure: Failure },
): SagaDecision {
  const { branch, node, failure } = moment
  const step = stepKey(plan, branch, node)
  const { action } = stepOf(state, step)
  if (canFallBack(node, action)) {
    return beginFallback(plan, state, { ...moment, reason: 'attempts_spent' })
  }
  if (canBeProbed(node, action)) return beginProbing(plan, state, moment)
  const record = { direction: 'forward', branch, step, failure } as const
  switch (node.role) {
    case 'compensatable':
      return failedForGood(plan, state, { ...moment, node })
    case 'pivot':
      // One that left nothing behind is not guessed: it has not decided anything.
      return action.unknownAttempts === 0
        ? failedForGood(plan, state, { ...moment, node })
        : haltBranch(plan, state, {
            ...moment,
            record: { code: 'pivot_outcome_unknown', ...record },
          })
    case 'retriable':
      return haltBranch(plan, state, {
        ...moment,
        record: { code: 'retriable_step_exhausted', ...record },
      })
  }
}
