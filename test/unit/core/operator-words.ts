import type { Park } from '../../../packages/engine/src/core/command.ts'
import type {
  OperatorActed,
  ActionSkipped,
  CompensationSettled,
  SagaPartiallyCompensated,
} from '../../../packages/engine/src/core/operator-event.ts'
import type { OperatorAsked, StepAsked } from '../../../packages/engine/src/core/operator-asked.ts'
import type { JsonValue } from '../../../packages/engine/src/core/json.ts'
import { mainBranch as branch } from '../../../packages/engine/src/core/state.ts'

const by = { actor: 'ann', reason: 'mended' } as const
const asking = { type: 'operator_asked', ...by } as const

export function asksToSkip(step: string | null, output?: JsonValue): StepAsked {
  const asked = { ...asking, verb: 'skip', step } as const
  return output === undefined ? asked : { ...asked, output }
}

export function asksToResolve(step: string | null, output: JsonValue): StepAsked {
  return { ...asking, verb: 'resolve', step, outcome: { status: 'succeeded', output } }
}

export function asksToReject(step: string | null): StepAsked {
  return { ...asking, verb: 'resolve', step, outcome: { status: 'no_effect' } }
}

export function asksToMark(step: string | null): StepAsked {
  return { ...asking, verb: 'mark_compensated', step }
}

export function asksToWaive(step: string | null): StepAsked {
  return { ...asking, verb: 'waive', step }
}

export function asksToEdit(input: JsonValue, noEffect = false): OperatorAsked {
  return { ...asking, verb: 'edit', input, noEffect }
}

export function asksTo(verb: 'compensate' | 'abandon' | 'pause' | 'resume'): OperatorAsked {
  return { ...asking, verb }
}

/** What an operator did to a step on the main branch. */
export function actedOn(
  verb: OperatorActed['verb'],
  step: string,
  [before, after]: readonly [string, string],
): OperatorActed {
  return { type: 'operator_acted', verb, ...by, branch, step, before, after }
}

/** What an operator did to the saga. */
export function acted(
  verb: OperatorActed['verb'],
  [before, after]: readonly [JsonValue, JsonValue],
): OperatorActed {
  return { type: 'operator_acted', verb, ...by, branch: null, step: null, before, after }
}

export function skipped(step: string, output?: JsonValue): ActionSkipped {
  const event = { type: 'action_skipped', branch, step } as const
  return output === undefined ? event : { ...event, output }
}

export function settled(step: string, as: CompensationSettled['as']): CompensationSettled {
  return { type: 'compensation_settled', branch, step, as }
}

export const partly: SagaPartiallyCompensated = { type: 'saga_partially_compensated' }
export const paused: OperatorActed = acted('pause', ['going', 'paused'])
export const unpaused: OperatorActed = acted('resume', ['paused', 'going'])

/** A task that waits until the saga is resumed. */
export function park(queue = 'default', path: string = branch): Park {
  return { type: 'park', branch: path, queue, delayMs: 604_800_000 }
}
