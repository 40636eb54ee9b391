import type { OnBranchObservation } from '../core/observation.ts'
import { deadlineOf } from '../core/pass-time.ts'
import type { Plan, StepNode } from '../core/plan.ts'
import { plannedStep } from '../core/plan-steps.ts'
import type { SagaState } from '../core/state.ts'
import type { RegisteredSaga } from '../definition/saga-definition.ts'
import type { OpenTransaction } from '../ports/transactional-store.ts'
import { handlerKind, type Attempt, type RunCommand } from './attempt.ts'
import { beginTransaction, isTransactional } from './begin-transaction.ts'
import type { HeldClaim } from './held-claim.ts'
import { keepLateResult } from './keep-late-result.ts'
import { runStep } from './step-runner.ts'
import { Stop } from './stop.ts'
import { failure } from './to-failure.ts'
import type { TurnPorts } from './turn-ports.ts'
import type { VerdictWriter } from './verdict-writer.ts'

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
  readonly #writer: VerdictWriter
  #cancelable: Stop | null = null

  constructor(ports: TurnPorts, held: HeldClaim, writer: VerdictWriter) {
    this.#ports = ports
    this.#held = held
    this.#writer = writer
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
  async run(command: RunCommand, context: ExecutionContext): Promise<OnBranchObservation | null> {
    const { plan, saga, state, now } = context
    const node = plannedStep(plan, command.step)?.node
    const handlers = node === undefined ? undefined : saga.handlers.get(node.name)
    const isThere = handlers?.[handlerKind(command)] !== undefined
    if (node === undefined || handlers === undefined || !isThere) {
      return missing(command, now())
    }
    const work = { plan, node, handlers, state, command, now }
    if (!isTransactional(command, node)) return this.#attempt(work, null)
    const open = await beginTransaction(this.#ports, this.#held, { command, node })
    return open === null ? null : this.#attempt(work, open)
  }

  async #attempt(
    work: Omit<Attempt, 'stop' | 'transaction'>,
    open: OpenTransaction | null,
  ): Promise<OnBranchObservation | null> {
    const stop = new Stop()
    const unlisten = this.#held.stop.listen((reason) => stop.tell(reason))
    const isStoppable = isCancelable(work.command, work.node)
    if (isStoppable) this.#cancelable = stop
    const callOff = isStoppable ? this.#tellAtDeadline(work, stop) : null
    const transaction = open?.handle ?? null
    const { observation, late } = await runStep(this.#ports, { ...work, stop, transaction })
    this.#cancelable = null
    callOff?.()
    unlisten()
    if (open !== null) return this.#ended(open, observation)
    if (late !== null) void this.#keepLate(work.plan, late)
    return observation
  }

  /** @returns calls it off; null for a saga without a deadline, which has no timer to pay for */
  #tellAtDeadline({ plan, state, now }: Pick<Attempt, 'plan' | 'state' | 'now'>, stop: Stop) {
    if (plan.deadlineMs === undefined) return null
    const leftMs = Math.max(0, deadlineOf(plan, state) - now())
    return this.#ports.clock.after(leftMs, () => stop.tell('deadline'))
  }

  /** A success is committed with its row. Everything else leaves nothing behind, and nothing of it can come late. */
  async #ended(
    open: OpenTransaction,
    observation: OnBranchObservation | null,
  ): Promise<OnBranchObservation | null> {
    switch (observation?.type) {
      case 'action_succeeded':
      case 'compensation_succeeded':
        this.#writer.writeIn(open, observation)
        return observation
      case 'action_rejected':
      case 'action_failed':
      case 'compensation_failed':
      case 'probe_answered':
      case 'probe_failed':
      case 'unworkable':
      case 'claimed':
      case 'output_computed':
      case 'items_computed':
      case 'choice_computed':
      case 'signal_checked':
      case undefined:
        await open.rollback()
        return observation
    }
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
