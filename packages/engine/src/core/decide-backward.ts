import type { SagaDecision } from './saga-decision.ts'
import type { Failure } from './failure.ts'
import { foreseen } from './moment.ts'
import { haltBranch } from './halt-branch.ts'
import { nextUndo } from './next-undo.ts'
import type { Claimed, CompensationVerdict, OnBranchObservation } from './observation.ts'
import type { Plan } from './plan.ts'
import { isPoison, poisonFailure } from './poison.ts'
import { delayAfter, isUsedUp, retryOf } from './retry-budget.ts'
import type { RetryPolicy } from './retry-policy.ts'
import { branchOf, stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'

/** Decides for a saga that is on its way back. */
export function decideBackward(
  plan: Plan,
  state: SagaState,
  observation: OnBranchObservation,
): SagaDecision {
  switch (observation.type) {
    case 'claimed':
      return claimed(plan, state, observation)
    case 'compensation_succeeded': {
      const { at, ...event } = observation
      const { branch } = event
      return nextUndo(plan, foreseen(plan, state, event, at), { branch, at, events: [event] })
    }
    case 'compensation_failed':
      return failed(plan, state, observation)
    case 'unworkable': {
      const { branch, code, failure, at } = observation
      const [next] = branchOf(state, branch).undo
      const step = typeof next === 'string' ? next : null
      const record = { code, direction: 'backward', branch, step, failure } as const
      return haltBranch(plan, state, { branch, at, events: [], record })
    }
    case 'action_succeeded':
    case 'action_rejected':
    case 'action_failed':
    case 'probe_answered':
    case 'probe_failed':
    case 'output_computed':
    case 'items_computed':
    case 'choice_computed':
    case 'signal_checked':
      // The way back begins only with the last verdict in doubt: a forward verdict cannot be from here.
      return { events: [], commands: [], refusal: 'The saga is compensating.' }
  }
}

function claimed(plan: Plan, state: SagaState, { branch, at }: Claimed): SagaDecision {
  const [step] = branchOf(state, branch).undo
  const moment = { branch, at, events: [] }
  if (typeof step !== 'string') return nextUndo(plan, state, moment)
  const reason = stopReason(plan, state, { branch, step })
  if (reason === null) return nextUndo(plan, state, moment)
  const record = { ...reason, direction: 'backward', branch, step } as const
  return haltBranch(plan, state, { ...moment, record })
}

interface StopReason {
  readonly code: 'poison_task' | 'compensation_exhausted'
  readonly failure: Failure
}

/** A lost lease may have used up the last attempt, or proven that the handler kills. */
function stopReason(
  plan: Plan,
  state: SagaState,
  { branch, step }: { readonly branch: string; readonly step: string },
): StopReason | null {
  const { deaths } = branchOf(state, branch)
  if (isPoison(deaths)) return { code: 'poison_task', failure: poisonFailure(step, deaths) }
  const { attempts } = stepOf(state, step).compensation
  const { lastFailure } = attempts
  if (lastFailure === null || !isUsedUp(undoRetry(plan, step), attempts, lastFailure)) return null
  return { code: 'compensation_exhausted', failure: lastFailure }
}

function failed(
  plan: Plan,
  state: SagaState,
  verdict: Extract<CompensationVerdict, { type: 'compensation_failed' }>,
): SagaDecision {
  const { branch, step, attempt, failure, at } = verdict
  const { attempts } = stepOf(state, step).compensation
  const delay = delayAfter(undoRetry(plan, step), attempts, verdict)
  const event = {
    type: 'compensation_failed',
    branch,
    step,
    attempt,
    failure,
    retryDelayMs: delay,
  } as const
  const moved = foreseen(plan, state, event, at)
  if (delay === null) {
    const code = 'compensation_exhausted'
    const record = { code, direction: 'backward', branch, step, failure } as const
    return haltBranch(plan, moved, { branch, at, events: [event], record })
  }
  return nextUndo(plan, moved, { branch, at, events: [event] })
}

function undoRetry(plan: Plan, step: string): RetryPolicy {
  const policy = retryOf(plan, step, 'compensation')
  if (policy !== undefined) return policy
  throw new RangeError(`Nothing undoes step "${step}" of "${plan.name}": plan and journal differ.`)
}
