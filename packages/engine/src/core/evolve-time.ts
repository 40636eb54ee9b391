import type { DeadlinePassed, Position, Slept } from './event.ts'
import type { Plan } from './plan.ts'
import { scheduleAction } from './schedule-action.ts'
import { branchOf, patchBranch } from './state-patch.ts'
import type { SagaState } from './state.ts'

/** Folds what time has brought. */
export function evolveTime(
  plan: Plan,
  state: SagaState,
  event: Slept | DeadlinePassed,
  position: Position,
): SagaState {
  switch (event.type) {
    case 'deadline_passed':
      return { ...state, deadline: 'passed' }
    case 'slept': {
      const { branch } = event
      const cursor = branchOf(state, branch).cursor + 1
      const awake = patchBranch(state, branch, { cursor, wakeAt: 0, deaths: 0 })
      return scheduleAction(plan, awake, branch, position)
    }
  }
}
