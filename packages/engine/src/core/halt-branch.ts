import type { SagaStuck } from './event.ts'
import { stuck } from './halt.ts'
import { foreseen, type Moment } from './moment.ts'
import { branchSettled } from './next-action.ts'
import { undoneBranch } from './next-undo.ts'
import type { Plan } from './plan.ts'
import type { SagaDecision } from './saga-decision.ts'
import type { SagaState } from './state.ts'

/** The branch waits for an operator, and with it the saga, unless there are others that can go on in its direction. */
export function haltBranch(
  plan: Plan,
  state: SagaState,
  moment: Moment & { readonly record: Omit<SagaStuck, 'type'> },
): SagaDecision {
  const { at, events, record } = moment
  if (state.fork === null) return stuck(events, record)
  const { branch, direction } = record
  const halted = { ...record, type: 'branch_halted' } as const
  const moved = foreseen(plan, state, halted, at)
  const settled = direction === 'forward' ? branchSettled : undoneBranch
  return settled(plan, moved, { branch, at, events: [...events, halted] })
}
