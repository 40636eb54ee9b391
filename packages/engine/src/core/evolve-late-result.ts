import type { LateResult, Position } from './event.ts'
import { valueAt } from './key-map.ts'
import type { Plan } from './plan.ts'
import { branchOfStep, isBarred, plannedStep } from './plan-steps.ts'
import { branchOf, patchStep, stepOf } from './state-patch.ts'
import { mainBranch, type SagaState } from './state.ts'

/**
 * A late success is remembered where it can still matter: for the verdict to come, or as an effect that nobody undid.
 * Every other late result is history only.
 */
export function evolveLateResult(
  plan: Plan,
  state: SagaState,
  event: LateResult,
  position: Position,
): SagaState {
  const { step, attempt, kind, outcome } = event
  if (kind !== 'action' || outcome.status !== 'succeeded') return state
  // After a failover that lost rows, somebody may report on a step that is not reached by those that are left.
  if (valueAt(state.steps, step) === undefined) return state
  const { action, compensation } = stepOf(state, step)
  if (action.status === 'succeeded') return state
  const { output } = outcome
  if (state.failure === null) {
    const lateSuccess = action.lateSuccess ?? { output, attempt }
    return patchStep(state, step, { action: { ...action, lateSuccess } })
  }
  if (isHarmless(plan, step)) return state
  // Not begun yet: then it is undone as what it turned out to be.
  if (isUntouched(plan, state, step, position)) {
    return patchStep(state, step, {
      action: { ...action, output },
      compensation: { ...compensation, outcome: 'succeeded' },
    })
  }
  // Behind a barrier it took effect before its undo, or not at all. Else another round is owed.
  if (isBarred(plan, step)) return state
  return patchStep(state, step, {
    action: { ...action, output },
    compensation: { ...compensation, orphan: true },
  })
}

/** The definition says that this step leaves nothing to undo. */
function isHarmless(plan: Plan, step: string): boolean {
  const node = plannedStep(plan, step)?.node
  return node?.role === 'compensatable' && node.compensation.type === 'none'
}

/** Whether the undo of a step has surely not begun: others come first, or it still waits for its action to be quiet. */
function isUntouched(plan: Plan, state: SagaState, step: string, { at }: Position): boolean {
  const path = branchOfStep(plan, step)
  const inLine = branchOf(state, mainBranch).undo.includes(step)
  const line = inLine ? branchOf(state, mainBranch).undo : state.branches[path]?.undo
  if (line === undefined) return isWaiting(state, path)
  const place = line.indexOf(step)
  const { action, compensation } = stepOf(state, step)
  return place > 0 || (place === 0 && compensation.attempts.ended === 0 && at < action.quietAt)
}

/** Whether a branch is to be undone that has not been opened for it. */
function isWaiting({ undoLines, fork }: SagaState, path: string): boolean {
  return Object.entries(undoLines).some(([name, lines]) => {
    if (lines[path] === undefined) return false
    return fork?.name !== name || fork.paths.indexOf(path) >= fork.opened
  })
}
