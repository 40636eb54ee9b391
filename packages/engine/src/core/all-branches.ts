import type { Command } from './command.ts'
import { foldRest } from './fold.ts'
import { runStep } from './command-at.ts'
import { runCompensation } from './next-undo.ts'
import type { Observation } from './observation.ts'
import type { Plan } from './plan.ts'
import { hasForks } from './plan-steps.ts'
import type { SagaDecision } from './saga-decision.ts'
import { branchesAtWork, branchOf, isAlive, stepAt } from './state-patch.ts'
import type { SagaState } from './state.ts'

/**
 * A decision with what it means for every branch that it sets to work, beside the one that it is about: those of a fork, the
 * next items of a forEach, all that were halted when an operator retries. Each gets a task of its own.
 */
export function withAllBranches(
  plan: Plan,
  state: SagaState,
  { observation, decision }: { readonly observation: Observation; readonly decision: SagaDecision },
): SagaDecision {
  const { events } = decision
  // Who reports late holds nothing: whatever the branch is at, somebody else has it.
  if (events.length === 0 || observation.type === 'late_report') return decision
  if (!hasForks(plan)) return decision
  const at = 'at' in observation ? observation.at : lastHeardAt(state)
  const after = foldRest(plan, state, [{ seq: state.seq + 1, at, events }])
  const own = 'branch' in observation ? observation.branch : null
  const told = decision.commands.filter(({ type }) => type !== 'halt')
  const known = new Set([...told.map(({ branch }) => branch), ...goingOn(state, after, own)])
  const others = (isAlive(after) ? branchesAtWork(after) : [])
    .filter((path) => !known.has(path))
    .map((path) => commandOf(plan, after, { path, at }))
  const commands: readonly Command[] = [...told, ...others]
  if (own === null || commands.some(({ branch }) => branch === own))
    return { ...decision, commands }
  return { ...decision, commands: [{ type: 'halt', branch: own }, ...commands] }
}

/** The branches beside this one that do what they did before: none where the saga has turned, and none that was opened again. */
function goingOn(before: SagaState, after: SagaState, own: string | null): readonly string[] {
  if (before.status !== after.status) return []
  return branchesAtWork(before).filter(
    (path) => path !== own && before.branches[path]?.openedSeq === after.branches[path]?.openedSeq,
  )
}

/** An operator's request has no time: it is not before the halt that it is about. */
function lastHeardAt(state: SagaState): number {
  return state.status === 'stuck' ? state.stuck.since : state.startedAt
}

function commandOf(
  plan: Plan,
  state: SagaState,
  { path, at }: { readonly path: string; readonly at: number },
): Command {
  const moment = { branch: path, at }
  const [step] = branchOf(state, path).undo
  if (typeof step === 'string') return runCompensation(plan, state, { ...moment, step })
  return runStep(plan, state, { ...moment, node: stepAt(plan, state, path) })
}
