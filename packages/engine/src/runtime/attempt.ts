import type { RunAction, RunCompensation } from '../core/command.ts'
import type { Plan, StepNode } from '../core/plan.ts'
import type { SagaState } from '../core/state.ts'
import type { StepHandlers } from '../definition/saga-definition.ts'
import type { StepTransaction } from '../ports/step-transaction.ts'
import type { Stop } from './stop.ts'

/** A command that a handler carries out. */
export type RunCommand = RunAction | RunCompensation

/** An attempt to be made. */
export interface Attempt {
  readonly plan: Plan
  readonly node: StepNode
  readonly handlers: StepHandlers
  readonly state: SagaState
  readonly command: RunCommand
  /** Postgres's time now, in milliseconds since 1970. */
  readonly now: () => number
  /** Told when the handler has to stop. */
  readonly stop: Stop
  /** What the handler of a transactional step works in; null for every other. */
  readonly transaction: StepTransaction | null
}

/** Which of a step's two handlers a command runs. */
export function handlerKind(command: RunCommand): 'action' | 'compensation' {
  return command.type === 'run_action' ? 'action' : 'compensation'
}
