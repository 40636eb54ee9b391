import type { Command, Park } from './command.ts'
import type { Plan } from './plan.ts'
import { queueAt, stepNode } from './plan-steps.ts'
import type { SagaDecision } from './saga-decision.ts'
import { branchOf, currentStep } from './state-patch.ts'
import type { SagaState } from './state.ts'

/**
 * For how long the task of a paused saga is left alone. A resume makes it due at once; this only bounds what a lost row could
 * cost.
 */
const parkedMs = 7 * 24 * 3_600_000

/** A decision on a paused saga: what happened is written, and nothing is started. */
export function parked(plan: Plan, state: SagaState, decision: SagaDecision): SagaDecision {
  const commands = decision.commands.map((command) => parkedCommand(plan, state, command))
  return { ...decision, commands }
}

/** What somebody does who holds a branch of a paused saga. */
export function parkedBranch(plan: Plan, state: SagaState, branch: string): SagaDecision {
  return { events: [], commands: [park(branch, queueOf(plan, state, branch))], refusal: null }
}

function parkedCommand(plan: Plan, state: SagaState, command: Command): Command {
  if (command.type === 'halt') return command
  const { branch } = command
  return park(branch, 'queue' in command ? command.queue : queueOf(plan, state, branch))
}

function park(branch: string, queue: string): Park {
  return { type: 'park', branch, queue, delayMs: parkedMs }
}

function queueOf(plan: Plan, state: SagaState, path: string): string {
  const { undo, cursor } = branchOf(state, path)
  const [next] = undo
  if (typeof next === 'string') return stepNode(plan, next).queue
  return currentStep(plan, state, path)?.queue ?? queueAt(plan, cursor)
}
