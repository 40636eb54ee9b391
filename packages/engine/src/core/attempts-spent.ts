import type { SagaDecision } from './saga-decision.ts'
import type { Failure } from './failure.ts'
import type { Moment } from './moment.ts'
import { haltForward, turnBack } from './next-action.ts'
import type { Plan, StepNode } from './plan.ts'
import { stepKey } from './plan-steps.ts'
import type { SagaState } from './state.ts'

/** The budget of a step is spent without a verdict. What follows depends on the step's role; a pivot is never guessed. */
export function attemptsSpent(
  plan: Plan,
  state: SagaState,
  moment: Moment & { readonly node: StepNode; readonly failure: Failure },
): SagaDecision {
  const { branch, node, failure } = moment
  const step = stepKey(plan, branch, node)
  const record = { direction: 'forward', branch, step, failure } as const
  switch (node.role) {
    case 'compensatable':
      return turnBack(plan, state, { ...moment, failure: { ...failure, step } })
    case 'pivot':
      // One that left nothing behind is not guessed: it has not decided anything.
      return node.transactional === true
        ? turnBack(plan, state, { ...moment, failure: { ...failure, step } })
        : haltForward(plan, state, {
            ...moment,
            record: { code: 'pivot_outcome_unknown', ...record },
          })
    case 'retriable':
      return haltForward(plan, state, {
        ...moment,
        record: { code: 'retriable_step_exhausted', ...record },
      })
  }
}
