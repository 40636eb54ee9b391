import type { Command } from './command.ts'
import type { Moment } from './moment.ts'
import { delayUntil, signalFor, waitOn } from './pass-time.ts'
import type { ParallelNode, Plan, PlanNode, SavepointNode, StepNode } from './plan.ts'
import { stepKey } from './plan-steps.ts'
import { openProbe, runProbe } from './probing.ts'
import { stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'

/** What is to be done at the place that a branch has come to. */
export function commandAt(
  plan: Plan,
  state: SagaState,
  { branch, at, node }: Pick<Moment, 'branch' | 'at'> & { readonly node: CommandNode },
): Command {
  switch (node?.type) {
    case undefined:
      return { type: 'complete', branch }
    case 'step':
      return runStep(plan, state, { branch, at, node })
    case 'forEach':
      return { type: 'compute_items', branch, fork: node.name }
    case 'choice':
      return { type: 'compute_choice', branch, choice: node.name }
    case 'sleep':
      return waitOn(plan, state, { branch, at })
    case 'wait': {
      const signal = signalFor(state, branch, node)
      if (signal === undefined) return waitOn(plan, state, { branch, at })
      const { signalId, payload } = signal
      return { type: 'check_signal', branch, wait: node.name, signalId, payload }
    }
  }
}

type CommandNode = Exclude<PlanNode, ParallelNode | SavepointNode> | undefined

/** The next attempt at the step that a branch has come to, or at its probe while that is being asked. */
export function runStep(
  plan: Plan,
  state: SagaState,
  { branch, at, node }: Pick<Moment, 'branch' | 'at'> & { readonly node: StepNode },
): Command {
  const step = stepKey(plan, branch, node)
  const { action } = stepOf(state, step)
  const probe = openProbe(node, action)
  if (probe !== null) return runProbe(node, action, { probe, branch, step, at })
  const { attempts, fallback } = action
  const command = {
    type: 'run_action',
    branch,
    step,
    queue: node.queue,
    attempt: attempts.ended + 1,
    delayMs: delayUntil(plan, state, { time: attempts.notBefore, at }),
  } as const
  return fallback === 'due' ? { ...command, via: 'fallback' } : command
}
