import { countFailure, countSuccess, noAttempts } from './attempts.ts'
import type {
  CompensationBegan,
  CompensationFailed,
  CompensationReopened,
  CompensationSucceeded,
  Position,
} from './event.ts'
import type { Plan } from './plan.ts'
import { retryOf } from './retry-budget.ts'
import type { RetryPolicy } from './retry-policy.ts'
import { branchOf, moving, patchBranch, patchStep, stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'

/** Folds what happened on the way back. */
export function evolveCompensation(
  plan: Plan,
  state: SagaState,
  event: CompensationBegan | CompensationSucceeded | CompensationFailed | CompensationReopened,
  position: Position,
): SagaState {
  switch (event.type) {
    case 'compensation_began':
      return began(state, event, position)
    case 'compensation_succeeded':
      return succeeded(state, event)
    case 'compensation_failed':
      return failed(state, event, {
        ...position,
        policy: retryOf(plan, event.step, 'compensation'),
      })
    case 'compensation_reopened':
      return reopened(state, event)
  }
}

function began(state: SagaState, event: CompensationBegan, { seq }: Position): SagaState {
  const undo = event.steps.map(({ step }) => step)
  const back: SagaState = {
    ...moving(state, 'compensating'),
    failure: state.failure ?? event.failure,
    failureSeq: state.failure === null ? seq : state.failureSeq,
    cancel: state.cancel === 'requested' ? 'applied' : state.cancel,
  }
  const turned = givenUp(
    patchBranch(back, event.branch, { undo, deaths: 0, startingClaimId: null }),
  )
  return event.steps.reduce((next, { step, outcome }) => {
    const compensation = { ...stepOf(next, step).compensation, status: 'needed', outcome } as const
    return patchStep(next, step, { compensation })
  }, turned)
}

/** An action that was being tried is tried no more: without a verdict, its outcome stays unknown. */
function givenUp(state: SagaState): SagaState {
  return Object.entries(state.steps).reduce((next, [name, { action }]) => {
    const open = action.status === 'scheduled' && action.unknownAttempts > 0
    return open ? patchStep(next, name, { action: { ...action, status: 'unknown' } }) : next
  }, state)
}

function succeeded(state: SagaState, event: CompensationSucceeded): SagaState {
  const { compensation } = stepOf(state, event.step)
  const undo = branchOf(state, event.branch).undo.filter((step) => step !== event.step)
  const attempts = countSuccess(compensation.attempts)
  return patchStep(patchBranch(state, event.branch, { undo, deaths: 0 }), event.step, {
    compensation: { ...compensation, status: 'compensated', attempts },
  })
}

function failed(
  state: SagaState,
  event: CompensationFailed,
  { seq, at, policy }: Position & { readonly policy: RetryPolicy | undefined },
): SagaState {
  const { compensation } = stepOf(state, event.step)
  const { failure } = event
  const notBefore = at + (event.retryDelayMs ?? 0)
  const attempts = countFailure(compensation.attempts, { failure, seq, notBefore, policy })
  return patchStep(patchBranch(state, event.branch, { deaths: 0 }), event.step, {
    compensation: { ...compensation, attempts },
  })
}

function reopened(state: SagaState, event: CompensationReopened): SagaState {
  const undo = [event.step, ...branchOf(state, event.branch).undo]
  return patchStep(patchBranch(state, event.branch, { undo }), event.step, {
    compensation: {
      status: 'needed',
      outcome: 'succeeded',
      attempts: noAttempts(0),
      round: event.round,
      orphan: false,
    },
  })
}
