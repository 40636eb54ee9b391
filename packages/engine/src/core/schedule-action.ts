import { noAttempts } from './attempts.ts'
import type { Position } from './event.ts'
import type { Plan } from './plan.ts'
import { stepKey } from './plan-steps.ts'
import { currentNode, patchBranch } from './state-patch.ts'
import type { ActionState, CompensationState, SagaState } from './state.ts'
import { withValue } from './key-map.ts'

const nothingToUndo: CompensationState = {
  status: 'none',
  outcome: 'unknown',
  attempts: noAttempts(0),
  round: 1,
  orphan: false,
}

/** Marks the step that a branch has come to as due, and sets the clock of a sleep or a wait; elsewhere nothing changes. */
export function scheduleAction(
  plan: Plan,
  state: SagaState,
  path: string,
  position: Position,
): SagaState {
  const node = currentNode(plan, state, path)
  if (node?.type === 'sleep') {
    return patchBranch(state, path, { wakeAt: position.at + node.durationMs })
  }
  if (node?.type === 'wait') {
    const wakeAt = node.timeoutMs === null ? 0 : position.at + node.timeoutMs
    return patchBranch(state, path, { wakeAt })
  }
  if (node?.type !== 'step') return state
  return reached(state, stepKey(plan, path, node), { status: 'scheduled', position })
}

/** Marks a step as one that the saga does not go through. */
export function skipAction(state: SagaState, key: string, position: Position): SagaState {
  return reached(state, key, { status: 'skipped', position })
}

function reached(
  state: SagaState,
  key: string,
  { status, position }: { readonly status: ActionState['status']; readonly position: Position },
): SagaState {
  const action: ActionState = {
    status,
    attempts: noAttempts(0),
    unknownAttempts: 0,
    fallback: 'unused',
    probe: null,
    scheduledAt: position.at,
    scheduledSeq: position.seq,
    quietAt: 0,
    settledSeq: 0,
    output: null,
    lateSuccess: null,
  }
  const step = { action, compensation: nothingToUndo }
  return { ...state, steps: withValue(state.steps, key, step) }
}
