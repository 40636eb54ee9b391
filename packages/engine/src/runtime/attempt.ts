import type { RunAction, RunCompensation, RunProbe } from '../core/command.ts'
import type { Plan, StepNode } from '../core/plan.ts'
import type { SagaState } from '../core/state.ts'
import type { StepHandlers } from '../definition/saga-definition.ts'
import type { StepTransaction } from '../ports/step-transaction.ts'
import type { Stop } from './stop.ts'

/** A command that a handler carries out. */
export type RunCommand = RunAction | RunProbe | RunCompensation

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

/** Which of a step's handlers a command runs. */
export function handlerKind(command: RunCommand): HandlerKind {
  const isFallback = command.type === 'run_action' && command.via === 'fallback'
  return isFallback ? 'fallback' : kinds[command.type]
}

/** What a handler of a step is for. */
export type HandlerKind = 'action' | 'fallback' | 'probe' | 'compensation'

const kinds = {
  run_action: 'action',
  run_probe: 'probe',
  run_compensation: 'compensation',
} as const
