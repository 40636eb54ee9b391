import type { Plan, PlanNode, SavepointNode, StepNode } from './plan.ts'
import { nodesOf } from './plan-steps.ts'
import { mainBranch, type BranchState, type SagaState, type StepState } from './state.ts'
import { valueAt, withValue } from './key-map.ts'

/** A branch of the saga. A path that is not there means that journal and plan do not belong together. */
export function branchOf(state: SagaState, path: string): BranchState {
  const branch = state.branches[path]
  if (branch === undefined) {
    throw new RangeError(
      `Saga ${state.sagaId} has no branch "${path}" at journal row ${state.seq}.`,
    )
  }
  return branch
}

/** A step that has been reached. */
export function stepOf(state: SagaState, key: string): StepState {
  const step = valueAt(state.steps, key)
  if (step === undefined) {
    throw new RangeError(
      `Saga ${state.sagaId} has not reached "${key}" at journal row ${state.seq}.`,
    )
  }
  return step
}

/** What a branch has come to in the plan; undefined when all is done. Nothing stops at a save-point. */
export function currentNode(
  plan: Plan,
  state: SagaState,
  path: string,
): Exclude<PlanNode, SavepointNode> | undefined {
  const node = nodesOf(plan, path)[branchOf(state, path).cursor]
  if (node?.type !== 'savepoint') return node
  throw new RangeError(
    `Branch "${path}" of saga ${state.sagaId} stands at save-point "${node.name}": plan and journal differ.`,
  )
}

/** The step that a branch is working on; undefined when all are done, or the branch is at something else. */
export function currentStep(plan: Plan, state: SagaState, path: string): StepNode | undefined {
  const node = currentNode(plan, state, path)
  return node?.type === 'step' ? node : undefined
}

/** The same, where a branch that is at no step means that journal and plan do not belong together. */
export function stepAt(plan: Plan, state: SagaState, path: string): StepNode {
  const node = currentStep(plan, state, path)
  if (node !== undefined) return node
  throw new RangeError(
    `Branch "${path}" of saga ${state.sagaId} is at no step at journal row ${state.seq}.`,
  )
}

/** Whether a saga goes on by itself: it has not ended, and waits for no operator. */
export function isAlive({ status }: SagaState): boolean {
  return status === 'running' || status === 'compensating'
}

/** The branches that are at work: those of a fork, or `main`. One that was halted is not. */
export function branchesAtWork(state: SagaState): readonly string[] {
  if (state.fork === null) return [mainBranch]
  return Object.keys(state.branches).filter((path) => isAtWork(state, path))
}

/** Whether a branch has work left, and nothing keeps it from going on. */
export function isAtWork(state: SagaState, path: string): boolean {
  const branch = state.branches[path]
  if (branch === undefined || branch.halt !== null) return false
  return (path === mainBranch) === (state.fork === null)
}

/** The same state with some fields of one branch changed. */
export function patchBranch(
  state: SagaState,
  path: string,
  patch: Partial<BranchState>,
): SagaState {
  const branch = { ...branchOf(state, path), ...patch }
  return { ...state, branches: { ...state.branches, [path]: branch } }
}

/** The same state with one half of a step, or both, replaced. */
export function patchStep(state: SagaState, key: string, patch: Partial<StepState>): SagaState {
  const step = { ...stepOf(state, key), ...patch }
  return { ...state, steps: withValue(state.steps, key, step) }
}

/** The state on its way in a direction; a record of an earlier halt goes. */
export function moving(state: SagaState, status: 'running' | 'compensating'): SagaState {
  if (state.status !== 'stuck') return { ...state, status }
  const { stuck: _, ...rest } = state
  return { ...rest, status }
}
