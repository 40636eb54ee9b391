import type {
  BranchesAbandoned,
  BranchFailed,
  BranchHalted,
  BranchStopped,
  ChoiceMade,
  ForkBegan,
  ForkJoined,
  Position,
  UndoForked,
  UndoJoined,
} from './event.ts'
import { blocked } from './evolve-stuck.ts'
import { openBranches, pathsOf, withoutBranch } from './open-branches.ts'
import type { Plan } from './plan.ts'
import { forkNamed, isAllOrNothing, nodesOf, stepKey } from './plan-steps.ts'
import { scheduleAction, skipAction } from './schedule-action.ts'
import { branchOf, currentNode, patchBranch, patchStep, stepAt, stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'

/** What changes which branches there are, or where the plan goes. */
export type ForkEvent =
  | ChoiceMade
  | ForkBegan
  | ForkJoined
  | BranchFailed
  | BranchStopped
  | BranchHalted
  | BranchesAbandoned
  | UndoForked
  | UndoJoined

/** Folds what changes the branches of a saga. */
export function evolveFork(
  plan: Plan,
  state: SagaState,
  event: ForkEvent,
  position: Position,
): SagaState {
  switch (event.type) {
    case 'choice_made':
      return chosen(plan, state, event, position)
    case 'fork_began': {
      const { fork, items } = event
      const listed = items === null ? state : { ...state, items: { ...state.items, [fork]: items } }
      const paths = pathsOf(forkNamed(plan, fork), items?.length ?? 0)
      return openBranches(plan, listed, { name: fork, paths, opened: 0 }, position)
    }
    case 'fork_joined': {
      const { branch } = event
      const cursor = branchOf(state, branch).cursor + 1
      return scheduleAction(
        plan,
        patchBranch({ ...state, fork: null }, branch, { cursor }),
        branch,
        position,
      )
    }
    case 'branch_failed':
      return withoutBranch({ ...state, turning: state.turning ?? event.failure }, event.branch)
    case 'branch_stopped':
      return withoutBranch(state, event.branch)
    case 'branch_halted':
      return halted(plan, state, event, position)
    case 'branches_abandoned':
      return event.branches.reduce((next, path) => abandoned(plan, next, path), state)
    case 'undo_forked': {
      const lines = state.undoLines[event.fork] ?? {}
      return openBranches(
        plan,
        state,
        { name: event.fork, paths: Object.keys(lines), opened: 0 },
        position,
      )
    }
    case 'undo_joined': {
      const { [event.fork]: _, ...undoLines } = state.undoLines
      const undo = branchOf(state, event.branch).undo.slice(1)
      return patchBranch({ ...state, undoLines, fork: null }, event.branch, { undo })
    }
  }
}

function chosen(plan: Plan, state: SagaState, event: ChoiceMade, position: Position): SagaState {
  const { branch, taken } = event
  const node = currentNode(plan, state, branch)
  if (node?.type !== 'choice') {
    throw new RangeError(`Saga ${state.sagaId} is not at the choice "${event.choice}".`)
  }
  const { cursor } = branchOf(state, branch)
  if (taken) {
    return scheduleAction(
      plan,
      patchBranch(state, branch, { cursor: cursor + 1 }),
      branch,
      position,
    )
  }
  const end = cursor + 1 + node.size
  const skipped = skipNodes(plan, state, { branch, first: cursor + 1, end }, position)
  return scheduleAction(plan, patchBranch(skipped, branch, { cursor: end }), branch, position)
}

/** Marks the steps from one place up to another, that one not included, as not gone through. */
export function skipNodes(
  plan: Plan,
  state: SagaState,
  { branch, first, end }: { readonly branch: string; readonly first: number; readonly end: number },
  position: Position,
): SagaState {
  return nodesOf(plan, branch)
    .slice(first, end)
    .flatMap((each) => (each.type === 'step' ? [stepKey(plan, branch, each)] : []))
    .reduce((next, key) => skipAction(next, key, position), state)
}

/** Its place is free for the next one: others do not wait for what waits for an operator. */
function halted(plan: Plan, state: SagaState, event: BranchHalted, position: Position): SagaState {
  const { branch, code, direction, step, failure } = event
  const halt = { code, direction, branch, step, failure, since: position.at }
  const rest = blocked(patchBranch(state, branch, { halt }), halt)
  if (rest.fork === null || rest.turning !== null) return rest
  return openBranches(plan, rest, rest.fork, position)
}

/** Whether its attempt runs, has run or will never run is not waited for: the effect may stand. */
function abandoned(plan: Plan, state: SagaState, path: string): SagaState {
  const key = stepKey(plan, path, stepAt(plan, state, path))
  const { action } = stepOf(state, key)
  // What would be rolled back leaves nothing in doubt.
  const unknownAttempts = action.unknownAttempts + (isAllOrNothing(plan, key) ? 0 : 1)
  return patchStep(withoutBranch(state, path), key, {
    action: { ...action, status: 'unknown', unknownAttempts },
  })
}
