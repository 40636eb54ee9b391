import type { OnBranchObservation } from '../core/observation.ts'
import type { Plan, StepNode } from '../core/plan.ts'
import { plannedStep } from '../core/plan-steps.ts'
import type { SagaState } from '../core/state.ts'
import type { RegisteredSaga } from '../definition/saga-definition.ts'
import { handlerKind, type RunCommand } from './attempt.ts'
import type { HeldClaim } from './held-claim.ts'
import { keepLateResult } from './keep-late-result.ts'
import { runStep } from './step-runner.ts'
import { Stop } from './stop.ts'
import { failure } from './to-failure.ts'
import type { TurnPorts } from './turn-ports.ts'

/** What a turn's handlers run on. */
export interface ExecutionContext {
  readonly plan: Plan
  readonly saga: RegisteredSaga
  readonly state: SagaState
  readonly now: () => number
}

/** Runs the handlers of one turn, one at a time, and passes on to the one at work that the saga was canceled. */
export class StepExecution {
  readonly #ports: TurnPorts
  readonly #held: HeldClaim
  #cancelable: Stop | null = null

  constructor(ports: TurnPorts, held: HeldClaim) {
    this.#ports = ports
    this.#held = held
  }

  /** Whether a handler is at work that a cancel would stop. */
  get isCancelable(): boolean {
    return this.#cancelable !== null
  }

  /** Tells the handler at work that the saga was canceled. */
  cancel(): void {
    this.#cancelable?.tell('canceled')
  }

  /** Makes one attempt. Null: there is nothing to decide on, because the claim is gone or the process is going. */
  run(command: RunCommand, context: ExecutionContext): Promise<OnBranchObservation | null> {
    const { plan, saga, state, now } = context
    const node = plannedStep(plan, command.step)?.node
    const handlers = node === undefined ? undefined : saga.handlers.get(node.name)
    const isThere = handlers?.[handlerKind(command)] !== undefined
    if (node === undefined || handlers === undefined || !isThere) {
      return Promise.resolve(missing(command, now()))
    }
    const stop = new Stop()
    const unlisten = this.#held.stop.listen((reason) => stop.tell(reason))
    if (isCancelable(command, node)) this.#cancelable = stop
    const attempt = { plan, node, handlers, state, command, now, stop }
    return runStep(this.#ports, attempt).then(({ observation, late }) => {
      this.#cancelable = null
      unlisten()
      if (late !== null) void this.#keepLate(plan, late)
      return observation
    })
  }

  async #keepLate(plan: Plan, late: Promise<OnBranchObservation>): Promise<void> {
    keepLateResult(this.#ports, { plan, claim: this.#held.claim }, await late)
  }
}

/** A compensation is never canceled, and from the pivot on nothing is. */
function isCancelable(command: RunCommand, node: StepNode): boolean {
  return command.type === 'run_action' && node.role === 'compensatable'
}

/** A definition that is registered without one of its handlers. */
function missing(command: RunCommand, at: number): OnBranchObservation {
  const { branch, step } = command
  const text = `Step "${step}" has no ${handlerKind(command)} in this worker.`
  const why = failure('error', 'handler_missing', text)
  return { type: 'unworkable', code: 'handler_missing', failure: why, branch, at, ran: null }
}
