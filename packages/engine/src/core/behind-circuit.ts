import { attemptsSpent } from './attempts-spent.ts'
import { beginFallback, canFallBack } from './begin-fallback.ts'
import type { RunAction } from './command.ts'
import type { Failure } from './failure.ts'
import { foreseen } from './moment.ts'
import type { Claimed } from './observation.ts'
import type { Plan } from './plan.ts'
import { stepKey } from './plan-steps.ts'
import type { SagaDecision } from './saga-decision.ts'
import { currentStep, stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'

/**
 * What a decision comes to where the circuit of the branch's step is open: the other way if there is one, the end of a step
 * whose total time is over, or else the same attempt later. To wait is written nowhere: it is no attempt, and another
 * process may know better. Only an attempt at the action is kept back; whatever else is to be done is done.
 */
export function behindCircuit(
  plan: Plan,
  before: SagaState,
  { next, claimed }: { readonly next: SagaDecision; readonly claimed: Claimed },
): SagaDecision {
  const { branch, at, circuitOpenMs = 0 } = claimed
  const [command, ...others] = next.commands
  if (circuitOpenMs <= 0 || command?.type !== 'run_action' || command.branch !== branch) return next
  const node = currentStep(plan, before, branch)
  // The other way has no circuit, and neither has a step that the branch has only now come to.
  if (node === undefined || stepKey(plan, branch, node) !== command.step) return next
  if (command.via === 'fallback' || command.delayMs > 0) return next
  const { action } = stepOf(before, command.step)
  const state = next.events.reduce((past, event) => foreseen(plan, past, event, at), before)
  const moment = { branch, at, events: next.events, node }
  if (canFallBack(node, action)) {
    return beginFallback(plan, state, { ...moment, reason: 'circuit_open' })
  }
  const leftMs =
    node.totalTimeoutMs === null ? circuitOpenMs : action.scheduledAt + node.totalTimeoutMs - at
  if (leftMs <= 0) return attemptsSpent(plan, state, { ...moment, failure: openTooLong(command) })
  const delayMs = Math.min(circuitOpenMs, leftMs)
  return { ...next, commands: [{ ...command, delayMs }, ...others] }
}

function openTooLong({ step }: RunAction): Failure {
  const message = `The circuit of "${step}" was open until its total time was over.`
  return { kind: 'timeout', code: 'circuit_open', message }
}
