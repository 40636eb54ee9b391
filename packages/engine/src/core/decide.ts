import { withAllBranches } from './all-branches.ts'
import type { SagaDecision } from './saga-decision.ts'
import { decideBackward } from './decide-backward.ts'
import { decideForward } from './decide-forward.ts'
import { decideOperator } from './decide-operator.ts'
import { decideLate, decideRequest } from './decide-request.ts'
import { halt } from './halt.ts'
import type { Observation, OnBranchObservation } from './observation.ts'
import { parked, parkedBranch } from './parked.ts'
import type { Plan } from './plan.ts'
import { isAlive, isAtWork } from './state-patch.ts'
import type { SagaState } from './state.ts'

/**
 * The saga's rules: what follows from what somebody saw. Pure, so that the same function drives the engine, the tests
 * and a search through all interleavings.
 *
 * Whoever calls it with a verdict must hold the branch's claim; a worker whose `lease_lost` is in the journal reports
 * `late_report` instead. A decision is void unless its events are appended directly behind `state.seq`.
 *
 * @returns events to append as one row, commands for the branch, or a refusal with its reason
 */
export function decide(plan: Plan, state: SagaState, observation: Observation): SagaDecision {
  const decision = decideItself(plan, state, observation)
  const all = withAllBranches(plan, state, { observation, decision })
  return state.paused ? parked(plan, state, all) : all
}

function decideItself(plan: Plan, state: SagaState, observation: Observation): SagaDecision {
  switch (observation.type) {
    case 'cancel_asked':
    case 'retry_asked':
      return decideRequest(plan, state, observation)
    case 'operator_asked':
      return decideOperator(plan, state, observation)
    case 'late_report':
      return decideLate(plan, state, observation)
    case 'claimed':
    case 'unworkable':
    case 'output_computed':
    case 'items_computed':
    case 'choice_computed':
    case 'signal_checked':
    case 'action_succeeded':
    case 'action_rejected':
    case 'action_failed':
    case 'probe_answered':
    case 'probe_failed':
    case 'compensation_succeeded':
    case 'compensation_failed':
      return decideOnBranch(plan, state, observation)
  }
}

function decideOnBranch(
  plan: Plan,
  state: SagaState,
  observation: OnBranchObservation,
): SagaDecision {
  const { branch } = observation
  // Whatever is to be drawn from the journal waits, with the handlers, until the saga is resumed.
  if (state.paused && observation.type === 'claimed' && isAlive(state) && isAtWork(state, branch)) {
    return parkedBranch(plan, state, branch)
  }
  switch (state.status) {
    case 'running':
      return isAtWork(state, branch) ? decideForward(plan, state, observation) : halt([], branch)
    case 'compensating':
      return isAtWork(state, branch) ? decideBackward(plan, state, observation) : halt([], branch)
    case 'stuck':
    case 'completed':
    case 'compensated':
    case 'partially_compensated':
    case 'abandoned':
      return halt([], branch)
  }
}
