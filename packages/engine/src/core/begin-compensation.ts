import { evolve } from './evolve.ts'
import type { SagaFailure } from './failure.ts'
import type { Moment } from './moment.ts'
import { nextUndo } from './next-undo.ts'
import { turnFor } from './owed-steps.ts'
import { isCalledOff } from './pass-time.ts'
import type { Plan } from './plan.ts'
import type { SagaDecision } from './saga-decision.ts'
import { savepointToReturnTo } from './savepoints.ts'
import { mainBranch, type SagaState } from './state.ts'

/**
 * The decision to go back: to a save-point with rounds left, or all the way: without one, after a cancel, and beyond the deadline.
 * A saga of which nothing stands is there at once.
 */
export function beginCompensation(
  plan: Plan,
  state: SagaState,
  moment: Moment & { readonly failure: SagaFailure },
): SagaDecision {
  const { at, failure, events } = moment
  const savepoint = isCalledOff(state) ? null : savepointToReturnTo(plan, state)
  const began = turnFor(plan, state, { failure, savepoint })
  const turned = evolve(plan, state, began, { seq: state.seq, at })
  return nextUndo(plan, turned, { branch: mainBranch, at, events: [...events, began] })
}
