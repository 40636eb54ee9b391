import { freshBudget } from './attempts.ts'
import type { Position, SagaStuck } from './event.ts'
import { haltsOf } from './halts-of.ts'
import { moving, patchBranch, patchStep, stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'
import type { Stuck } from './stuck.ts'

/** Folds a halt. What a branch was doing stays as it is, so that a retry knows where to go on. */
export function evolveStuck(state: SagaState, event: SagaStuck, position: Position): SagaState {
  const { code, direction, branch, step, failure } = event
  const stuck = { code, direction, branch, step, failure, since: position.at }
  if (state.status !== 'completed') return blocked({ ...state, status: 'stuck', stuck }, stuck)
  // An effect of an earlier round came to light: once it is undone, the saga is at its end again.
  const { output: _, ...rest } = state
  return { ...rest, status: 'stuck', stuck, returning: { savepoint: null } }
}

/** A compensation without attempts left is blocked, whether the whole saga waits for an operator or only its branch. */
export function blocked(state: SagaState, { code, step }: Pick<Stuck, 'code' | 'step'>): SagaState {
  if (code !== 'compensation_exhausted' || step === null) return state
  const { compensation } = stepOf(state, step)
  return patchStep(state, step, { compensation: { ...compensation, status: 'blocked' } })
}

/** Sets a stuck saga going in the direction that it had, with a fresh budget for each step that stopped it. */
export function evolveResumed(state: SagaState, position: Position): SagaState {
  if (state.status !== 'stuck') return state
  const { stuck } = state
  const going = moving(state, stuck.direction === 'forward' ? 'running' : 'compensating')
  return haltsOf(state).reduce((next, stop) => resumed(next, stop, position), going)
}

function resumed(state: SagaState, stop: Stuck, position: Position): SagaState {
  const { direction, branch, step, code } = stop
  const going = patchBranch(state, branch, { deaths: 0, startingClaimId: null, halt: null })
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
      fallback: 'unused',
      scheduledAt: position.at,
      scheduledSeq: position.seq,
    } as const
    return patchStep(going, step, { action: again })
  }
  const attempts = freshBudget(compensation.attempts)
  return patchStep(going, step, { compensation: { ...compensation, status: 'needed', attempts } })
}
