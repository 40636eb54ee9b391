import { countFailure, noAttempts } from './attempts.ts'
import type { Position } from './event.ts'
import type { ProbeAnswered, ProbeFailed, ProbingBegan } from './probe-event.ts'
import type { Plan } from './plan.ts'
import { retryOf } from './retry-budget.ts'
import { patchBranch, patchStep, stepOf } from './state-patch.ts'
import type { ActionState, SagaState } from './state.ts'

/** Folds what a probe found out about an action, or did not. */
export function evolveProbe(
  plan: Plan,
  state: SagaState,
  event: ProbingBegan | ProbeAnswered | ProbeFailed,
  position: Position,
): SagaState {
  const { step, branch } = event
  const { action } = stepOf(state, step)
  switch (event.type) {
    case 'probing_began':
      return patchStep(state, step, { action: { ...action, probe: noAttempts(0) } })
    case 'probe_answered': {
      const voided = event.answer.status === 'rejected' ? { unknownAttempts: 0 } : {}
      const known = { ...action, probe: null, ...voided }
      return patchStep(patchBranch(state, branch, { deaths: 0 }), step, { action: known })
    }
    case 'probe_failed': {
      const asked = failed(plan, action, { event, position })
      return patchStep(patchBranch(state, branch, { deaths: 0 }), step, { action: asked })
    }
  }
}

function failed(
  plan: Plan,
  action: ActionState,
  { event, position }: { readonly event: ProbeFailed; readonly position: Position },
): ActionState {
  const { step, failure, retryDelayMs } = event
  const policy = retryOf(plan, step, 'probe')
  const notBefore = position.at + (retryDelayMs ?? 0)
  const counted = { failure, seq: position.seq, notBefore, policy }
  return { ...action, probe: countFailure(action.probe ?? noAttempts(0), counted) }
}
