import { haltsOf } from './halts-of.ts'
import type { Plan, StepNode } from './plan.ts'
import { stepNode } from './plan-steps.ts'
import { stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'
import type { Stuck } from './stuck.ts'

/** A step that a saga is halted at. */
export interface HaltedStep {
  readonly plan: Plan
  readonly state: SagaState
  readonly stop: Stuck
  readonly branch: string
  readonly step: string
  readonly node: StepNode
}

/** Which step an operator means. */
export interface NamedStep {
  /** Null where only one can be meant. */
  readonly step: string | null
  readonly direction: 'forward' | 'backward'
}

/** The step that an operator means; a text that says why there is none. */
export function haltedStep(plan: Plan, state: SagaState, named: NamedStep): HaltedStep | string {
  if (state.status !== 'stuck') {
    return `The saga is ${state.status}; only a step that it is stuck at can be settled by hand.`
  }
  if (state.stuck.direction !== named.direction) return wrongWay(named.direction)
  const found = meant(haltsOf(state), named.step)
  if (typeof found === 'string') return found
  const { stop, step } = found
  // A success that came late is the verdict, whatever an operator has found out.
  if (named.direction === 'forward' && stepOf(state, step).action.lateSuccess !== null) {
    return `An attempt at "${step}" has reported success meanwhile; retry takes it.`
  }
  return { plan, state, stop, branch: stop.branch, step, node: stepNode(plan, step) }
}

/** A halt, and the step that it is at. */
interface Meant {
  readonly stop: Stuck
  readonly step: string
}

function meant(halts: readonly Stuck[], wanted: string | null): Meant | string {
  const at = halts.flatMap((stop) => (stop.step === null ? [] : [{ stop, step: stop.step }]))
  const [first, ...others] = at
  if (first === undefined) return 'The saga is not stuck at a step.'
  const keys = at.map(({ step }) => `"${step}"`).join(', ')
  if (wanted === null) return others.length === 0 ? first : `It is stuck at ${keys}: name the step.`
  return at.find(({ step }) => step === wanted) ?? `It is stuck at ${keys}, not at "${wanted}".`
}

function wrongWay(direction: NamedStep['direction']): string {
  return direction === 'forward'
    ? 'The saga is on its way back: no action is left to settle.'
    : 'The saga is on its way forward: nothing is to be undone.'
}

/** The number of the last attempt: it is the one whose outcome is told. */
export function attemptOf({ state, step }: HaltedStep): number {
  return stepOf(state, step).action.attempts.ended
}
