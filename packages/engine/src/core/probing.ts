import type { RunProbe } from './command.ts'
import { probeOf, type StepNode } from './plan.ts'
import { isUsedUp } from './retry-budget.ts'
import type { ActionState, Attempts } from './state.ts'

/** The attempts at the probe of the step that a branch is at, while it is being asked; else null. */
export function openProbe(node: StepNode, { probe }: ActionState): Attempts | null {
  const plan = probeOf(node)
  if (plan === undefined || probe === null) return null
  const { lastFailure } = probe
  return lastFailure !== null && isUsedUp(plan.retry, probe, lastFailure) ? null : probe
}

/** Whether there is a doubt about a step's action, and a probe that has not been asked about it yet. */
export function canBeProbed(node: StepNode, action: ActionState): boolean {
  const { probe, unknownAttempts, lateSuccess } = action
  return (
    probeOf(node) !== undefined && probe === null && unknownAttempts > 0 && lateSuccess === null
  )
}

/** Where and when a probe is to be asked. */
interface Asking {
  readonly probe: Attempts
  readonly branch: string
  readonly step: string
  readonly at: number
}

/** Quiet first: what a probe does not find while a handler may still be at work, may yet come. */
export function runProbe(
  node: StepNode,
  { quietAt }: ActionState,
  { probe, branch, step, at }: Asking,
): RunProbe {
  return {
    type: 'run_probe',
    branch,
    step,
    queue: node.queue,
    attempt: probe.ended + 1,
    delayMs: Math.max(0, probe.notBefore - at, quietAt - at),
  }
}
