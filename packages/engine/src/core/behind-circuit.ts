import { attemptsSpent } from './attempts-spent.ts'
import { beginFallback, canFallBack } from './begin-fallback.ts'
import type { RunAction } from './command.ts'
import type { Failure } from './failure.ts'
import { foreseen } from './moment.ts'
import type { Claimed } from './observation.ts'
import { delayUntil } from './pass-time.ts'
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
  const { circuitOpenMs = 0, branch, at } = claimed
  const node = circuitOpenMs > 0 ? currentStep(plan, before, branch) : undefined
  const attempt = node === undefined ? null : keptBack(next, stepKey(plan, branch, node))
  if (node === undefined || attempt === null) return next
  const state = next.events.reduce((past, event) => foreseen(plan, past, event, at), before)
  const { action } = stepOf(state, attempt.step)
  const moment = { branch, at, events: next.events, node }
  if (canFallBack(node, action)) {
    return beginFallback(plan, state, { ...moment, reason: 'circuit_open' })
  }
  const leftMs = (node.totalTimeoutMs ?? Number.POSITIVE_INFINITY) - (at - action.scheduledAt)
  if (leftMs <= 0) return attemptsSpent(plan, state, { ...moment, failure: openTooLong(attempt) })
  const time = at + Math.min(circuitOpenMs, leftMs)
  const delayMs = delayUntil(plan, state, { time, at })
  return { ...next, commands: [{ ...attempt, delayMs }] }
}

/**
 * The attempt that a circuit keeps back; null where the decision is another one. The other way has no circuit, and neither has
 * a step that the branch has only now come to.
 */
function keptBack({ commands }: SagaDecision, step: string): RunAction | null {
  const [command] = commands
  if (command?.type !== 'run_action' || command.step !== step) return null
  return command.via === 'fallback' || command.delayMs > 0 ? null : command
}

function openTooLong({ step }: RunAction): Failure {
  const message = `The circuit of "${step}" was open until its total time was over.`
  return { kind: 'timeout', code: 'circuit_open', message }
}
