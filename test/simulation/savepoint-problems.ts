import type { CompensationBegan, SagaEvent } from '../../packages/engine/src/core/event.ts'
import type { Plan, SavepointNode } from '../../packages/engine/src/core/plan.ts'
import { mainBranch, type SagaState } from '../../packages/engine/src/core/state.ts'
import type { SavepointReached } from '../../packages/engine/src/core/savepoint-event.ts'

/** What is wrong with how far a saga goes back, or with where it goes forward again. */
export function savepointProblems(
  plan: Plan,
  before: SagaState,
  event: SagaEvent,
): readonly string[] {
  if (event.type === 'compensation_began') return turnProblems(plan, before, event)
  return event.type === 'savepoint_reached' ? reachedProblems(plan, before, event) : []
}

/** As far as the last save-point with rounds left; once it was called off, or none is left, the whole way. */
function turnProblems(plan: Plan, before: SagaState, began: CompensationBegan): readonly string[] {
  const savepoint = began.savepoint ?? null
  const goal = goalOf(plan, before)
  if (savepoint === goal) return []
  return [`it goes back to ${savepoint ?? 'its start'}, and not to ${goal ?? 'its start'}`]
}

/** The save-point that a saga has to go back to; null where it is the whole way. */
function goalOf(plan: Plan, before: SagaState): string | null {
  if (before.cancel === 'requested' || before.deadline === 'passed') return null
  const cursor = before.branches[mainBranch]?.cursor ?? 0
  const passed = plan.nodes.slice(0, cursor).filter((node) => node.type === 'savepoint')
  return passed.findLast((node) => roundOf(before, node) < node.maximumRounds)?.name ?? null
}

function reachedProblems(
  plan: Plan,
  before: SagaState,
  { savepoint, round }: SavepointReached,
): readonly string[] {
  const node = plan.nodes.find(({ name }) => name === savepoint)
  if (node?.type !== 'savepoint') return [`there is no save-point "${savepoint}"`]
  const isNext = round === roundOf(before, node) + 1
  const isLeft = round <= node.maximumRounds
  return [
    ...(before.returning?.savepoint === savepoint
      ? []
      : [`it was not on its way to "${savepoint}"`]),
    ...(isNext && isLeft ? [] : [`round ${round} of "${savepoint}" begins`]),
  ]
}

function roundOf({ savepoints }: SagaState, { name }: SavepointNode): number {
  return savepoints[name] ?? 1
}
