import type { Command } from '../core/command.ts'
import type { OnBranchObservation } from '../core/observation.ts'
import type { Plan, StepNode } from '../core/plan.ts'
import { stepKey } from '../core/plan-steps.ts'
import { currentStep, isAtWork, stepOf } from '../core/state-patch.ts'
import type { SagaState } from '../core/state.ts'
import type { Pass } from '../ports/breakers.ts'
import type { Circuits } from './circuits.ts'

/**
 * What a turn may try, as far as circuits are concerned. The pass is taken before it is decided what to do next: then the
 * journal has no word of an attempt that is kept back.
 *
 * I1. No attempt at the action of a step with a breaker is made without a pass.
 * I2. However a turn ends, its pass is told how the attempt did, or is released.
 */
export class CircuitPass {
  readonly #circuits: Circuits
  readonly #branch: string
  #held: { readonly step: string; readonly pass: Pass } | null = null
  #keptBack: string | null = null

  constructor(circuits: Circuits, branch: string) {
    this.#circuits = circuits
    this.#branch = branch
  }

  /** For how many milliseconds the action that the branch is at is kept back; 0 when it is not, and then a pass is held. */
  openMs(plan: Plan, state: SagaState, at: number): number {
    this.#keptBack = null
    const due = dueStep(plan, state, { branch: this.#branch, at })
    const breaker = due === null ? undefined : this.#circuits.of(plan, due.node)
    if (due === null || breaker === undefined || this.#held?.step === due.step) return 0
    const pass = breaker.enter()
    if (pass === null) {
      this.#keptBack = due.step
      return this.#circuits.waitMs(due.node, breaker)
    }
    this.release()
    this.#held = { step: due.step, pass }
    return 0
  }

  /** Whether that command is an attempt which its circuit keeps back. */
  keepsBack(command: Command): boolean {
    return (
      command.type === 'run_action' && command.step === this.#keptBack && command.via !== 'fallback'
    )
  }

  /** What is done next is known: a pass that is not for it is another turn's. Null: this turn does nothing more. */
  settle(command: Command | null): void {
    const isOurs = command?.type === 'run_action' && command.step === this.#held?.step
    if (!isOurs || command.via === 'fallback') this.release()
  }

  /** How the attempt ended. One that was told to stop tells nothing of the participant. */
  ended(observation: OnBranchObservation | null): void {
    const pass = this.#held?.pass
    this.#held = null
    switch (observation?.type) {
      case 'action_succeeded':
      case 'action_rejected':
        return pass?.succeeded()
      case 'action_failed':
        return stopCodes.has(observation.failure.code) ? pass?.released() : pass?.failed()
      case 'probe_answered':
      case 'probe_failed':
      case 'compensation_succeeded':
      case 'compensation_failed':
      case 'output_computed':
      case 'items_computed':
      case 'choice_computed':
      case 'signal_checked':
      case 'claimed':
      case 'unworkable':
      case undefined:
        return pass?.released()
    }
  }

  /** No attempt is made. */
  release(): void {
    this.#held?.pass.released()
    this.#held = null
  }
}

/** The engine's own: why a handler was told to stop that has not timed out. */
const stopCodes: ReadonlySet<string> = new Set(['canceled', 'deadline', 'lease_lost', 'shutdown'])

/** The step with a breaker whose action a branch is to try now; null where it is at anything else. */
function dueStep(
  plan: Plan,
  state: SagaState,
  { branch, at }: { readonly branch: string; readonly at: number },
): { readonly step: string; readonly node: StepNode } | null {
  if (state.status !== 'running' || !isAtWork(state, branch)) return null
  const node = currentStep(plan, state, branch)
  if (node?.breaker === undefined) return null
  const step = stepKey(plan, branch, node)
  const { fallback, attempts } = stepOf(state, step).action
  // The other way has no circuit; and what is not due yet must keep nobody else from trying.
  return fallback === 'due' || attempts.notBefore > at ? null : { step, node }
}
