import type { FallbackBegan } from './fallback-event.ts'
import { patchStep, stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'

/**
 * Folds the decision to go the other way. Once it is in the journal, the next verdict on the step is the fallback's, and so
 * is a lease that is lost: whoever held it may have been at it.
 */
export function evolveFallback(state: SagaState, { step }: FallbackBegan): SagaState {
  const { action } = stepOf(state, step)
  const attempts = { ...action.attempts, notBefore: 0 }
  return patchStep(state, step, {
    action: { ...action, status: 'scheduled', fallback: 'due', attempts },
  })
}
