import type { LateResult, Position } from './event.ts'
import type { Plan } from './plan.ts'
import { branchOf, patchStep, stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'

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
  const { action, compensation } = stepOf(state, step)
  if (action.status === 'succeeded') return state
  const { output } = outcome
  if (state.failure === null) {
    const lateSuccess = action.lateSuccess ?? { output, attempt }
    return patchStep(state, step, { action: { ...action, lateSuccess } })
  }
  if (isHarmless(plan, step)) return state
  // Not begun yet: then it is undone as what it turned out to be. Begun or done: another round is owed.
  return patchStep(state, step, {
    action: { ...action, output },
    compensation: isUntouched(state, event, position)
      ? { ...compensation, outcome: 'succeeded' }
      : { ...compensation, orphan: true },
  })
}

/** The definition says that this step leaves nothing to undo. */
function isHarmless(plan: Plan, step: string): boolean {
  return plan.nodes.some(
    (node) =>
      node.name === step && node.role === 'compensatable' && node.compensation.type === 'none',
  )
}

/** Whether the undo of a step has surely not begun: others come first, or it still waits for its action to be quiet. */
function isUntouched(state: SagaState, { branch, step }: LateResult, { at }: Position): boolean {
  const place = branchOf(state, branch).undo.indexOf(step)
  const { action, compensation } = stepOf(state, step)
  return place > 0 || (place === 0 && compensation.attempts.ended === 0 && at < action.quietAt)
}
