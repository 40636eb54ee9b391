import type { SagaDecision } from './saga-decision.ts'
import type { Failure } from './failure.ts'
import { failedForGood } from './failed-for-good.ts'
import { stuck } from './halt.ts'
import type { Moment } from './moment.ts'
import type { Plan, StepNode } from './plan.ts'
import type { SagaState } from './state.ts'

/** The budget of a step is spent without a verdict. What follows depends on the step's role; a pivot is never guessed. */
export function attemptsSpent(
  plan: Plan,
  state: SagaState,
  moment: Moment & { readonly node: StepNode; readonly failure: Failure },
): SagaDecision {
  const { branch, events, node, failure } = moment
  const step = node.name
  const record = { direction: 'forward', branch, step, failure } as const
  switch (node.role) {
    case 'compensatable':
      return failedForGood(plan, state, { ...moment, node })
    case 'pivot':
      return stuck(events, { code: 'pivot_outcome_unknown', ...record })
    case 'retriable':
      return stuck(events, { code: 'retriable_step_exhausted', ...record })
  }
}
