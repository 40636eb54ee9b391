import { freshBudget } from './attempts.ts'
import type { Position, SagaStuck } from './event.ts'
import { moving, patchBranch, patchStep, stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'

/** Folds a halt. What a branch was doing stays as it is, so that a retry knows where to go on. */
export function evolveStuck(state: SagaState, event: SagaStuck, position: Position): SagaState {
  const { code, direction, branch, step, failure } = event
  const stuck = { code, direction, branch, step, failure, since: position.at }
  const halted: SagaState = { ...state, status: 'stuck', stuck }
  if (code !== 'compensation_exhausted' || step === null) return halted
  const { compensation } = stepOf(state, step)
  return patchStep(halted, step, { compensation: { ...compensation, status: 'blocked' } })
}

/** Sets a stuck saga going in the direction that it had, with a fresh budget for the step that stopped it. */
export function evolveResumed(state: SagaState, position: Position): SagaState {
  if (state.status !== 'stuck') return state
  const { direction, branch, step, code } = state.stuck
  const awake = patchBranch(state, branch, { deaths: 0, startingClaimId: null })
  const going = moving(awake, direction === 'forward' ? 'running' : 'compensating')
  if (step === null || code === 'orphan_effect') return going
  const { action, compensation } = stepOf(going, step)
  if (direction === 'forward') {
    const again = {
      ...action,
      status: 'scheduled',
      attempts: freshBudget(action.attempts),
      // The verdict, if there was one, is not the last word any more.
      settledSeq: 0,
      probe: null,
      scheduledAt: position.at,
      scheduledSeq: position.seq,
    } as const
    return patchStep(going, step, { action: again })
  }
  const attempts = freshBudget(compensation.attempts)
  return patchStep(going, step, { compensation: { ...compensation, status: 'needed', attempts } })
}
