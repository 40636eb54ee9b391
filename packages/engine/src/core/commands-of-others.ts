import type { Command } from './command.ts'
import { foldRest } from './fold.ts'
import { runAction } from './next-action.ts'
import { runCompensation } from './next-undo.ts'
import type { Observation } from './observation.ts'
import type { Plan } from './plan.ts'
import { hasForks } from './plan-steps.ts'
import type { SagaDecision } from './saga-decision.ts'
import { branchesAtWork, branchOf, currentStep } from './state-patch.ts'
import type { SagaState } from './state.ts'

/**
 * What the branches do that a decision sets to work beside the one that it is about: those of a fork, the next items of a
 * forEach, all that were halted when an operator retries. Each gets a task of its own.
 */
export function commandsOfOthers(
  plan: Plan,
  state: SagaState,
  { observation, decision }: { readonly observation: Observation; readonly decision: SagaDecision },
): readonly Command[] {
  const { events, commands } = decision
  if (events.length === 0 || !hasForks(plan)) return []
  const at = 'at' in observation ? observation.at : state.startedAt
  const after = foldRest(plan, state, [{ seq: state.seq + 1, at, events }])
  if (!isAlive(after)) return []
  const own = 'branch' in observation ? [observation.branch] : []
  const known = new Set([
    ...own,
    ...commands.map(({ branch }) => branch),
    ...(isAlive(state) ? branchesAtWork(state) : []),
  ])
  return branchesAtWork(after)
    .filter((path) => !known.has(path))
    .map((path) => commandOf(plan, after, { path, at }))
}

function isAlive({ status }: SagaState): boolean {
  return status === 'running' || status === 'compensating'
}

function commandOf(
  plan: Plan,
  state: SagaState,
  { path, at }: { readonly path: string; readonly at: number },
): Command {
  const moment = { branch: path, at }
  const [step] = branchOf(state, path).undo
  if (typeof step === 'string') return runCompensation(plan, state, { ...moment, step })
  const node = currentStep(plan, state, path)
  if (node !== undefined) return runAction(plan, state, { ...moment, node })
  throw new RangeError(`Branch "${path}" of saga ${state.sagaId} has nothing to do.`)
}
