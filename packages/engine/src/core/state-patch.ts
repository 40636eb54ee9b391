import type { Plan, StepNode } from './plan.ts'
import type { BranchState, SagaState, StepState } from './state.ts'

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
export function stepOf(state: SagaState, name: string): StepState {
  const step = state.steps[name]
  if (step === undefined) {
    throw new RangeError(
      `Saga ${state.sagaId} has not reached "${name}" at journal row ${state.seq}.`,
    )
  }
  return step
}

/** The step that a branch is working on; undefined when all are done. */
export function currentStep(plan: Plan, state: SagaState, path: string): StepNode | undefined {
  return plan.nodes[branchOf(state, path).cursor]
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
export function patchStep(state: SagaState, name: string, patch: Partial<StepState>): SagaState {
  const step = { ...stepOf(state, name), ...patch }
  return { ...state, steps: { ...state.steps, [name]: step } }
}

/** The state on its way in a direction; a record of an earlier halt goes. */
export function moving(state: SagaState, status: 'running' | 'compensating'): SagaState {
  if (state.status !== 'stuck') return { ...state, status }
  const { stuck: _, ...rest } = state
  return { ...rest, status }
}
