import type { Claim, TaskHint } from '../ports/task-store.ts'
import { claimUntilAnswered, type ClaimPorts } from './claim-until-answered.ts'
import { handBackNow } from './hand-back.ts'
import { HeldClaim } from './held-claim.ts'
import type { SagaMemory, RememberedSaga } from './saga-memory.ts'
import type { TurnPorts } from './turn-ports.ts'
import type { TurnRunner } from './turn-runner.ts'

/** What it takes to claim tasks into the slots of one worker. */
export interface SlotClaimsOptions {
  readonly ports: TurnPorts
  readonly queues: readonly string[]
  readonly runner: Pick<TurnRunner, 'run' | 'known'>
  readonly memory: Pick<SagaMemory, 'recall'>
}

/** Claims tasks that somebody points to, each in a slot of its own, and runs their turns. Gives each slot back in the end. */
export class SlotClaims {
  readonly #options: SlotClaimsOptions
  readonly #claimPorts: ClaimPorts
  #direct = 0

  constructor(options: SlotClaimsOptions) {
    const { ports } = options
    this.#options = options
    this.#claimPorts = { ...ports, leaseMs: ports.settings.leaseMs }
  }

  /** How many tasks were claimed without a hint from the queue. */
  get direct(): number {
    return this.#direct
  }

  /** A search has claimed so many tasks. */
  foundDirectly(claims: number): void {
    this.#direct += claims
  }

  /** A hint has come from the queue: waits for a slot. */
  onHint(hint: TaskHint): Promise<void> {
    const { slots } = this.#options.ports
    return slots.tryEnter()
      ? this.#takeInSlot(hint)
      : slots.enter().then(() => this.#takeInSlot(hint))
  }

  /** Claims the task without its hint, if there is a slot for it right now. */
  take(hint: TaskHint): boolean {
    const { ports, queues } = this.#options
    if (ports.isStopping() || !queues.includes(hint.queue) || !ports.slots.tryEnter()) return false
    void this.claimInSlot(hint, ports.ids.unique()).then((granted) => this.foundDirectly(granted))
    return true
  }

  /** Claims in a slot that was taken for it, and runs what was granted; tells how many tasks that were. */
  async claimInSlot(hint: TaskHint, claimId: string): Promise<number> {
    const { sagaId, branch, nonce, queue } = hint
    const { ports, runner } = this.#options
    const { leaseMs } = this.#claimPorts
    const known = this.recall(sagaId)
    let granted = 0
    try {
      const { claims, sentAtMs } = await claimUntilAnswered(this.#claimPorts, [
        { sagaId, branch, nonce, claimId, leaseMs, known: known?.row ?? null },
      ])
      granted = claims.length
      for (const claim of claims) {
        // A hint that came by a queue which its task is not on: whoever sent it, its handler may not be here.
        if (!this.#mayRun(claim, queue)) await handBackNow(ports, new HeldClaim(claim, 0))
        else await runner.run(claim, sentAtMs, known)
      }
    } catch (error) {
      ports.logger.warn({ err: error, sagaId, branch }, 'claim failed; the sweep finds the task')
    } finally {
      ports.slots.leave()
    }
    return granted
  }

  #mayRun({ queue }: Claim, hinted: string): boolean {
    const { ports, queues } = this.#options
    // Limits are not to be passed by on another queue.
    return queues.includes(queue) && (queue === hinted || !ports.isLimited(queue))
  }

  /** Runs a claim in a slot that was taken for it. */
  async runInSlot(claim: Claim, sentAtMs: number, known: RememberedSaga | null): Promise<void> {
    try {
      await this.#options.runner.run(claim, sentAtMs, known)
    } finally {
      this.#options.ports.slots.leave()
    }
  }

  /** What this process knows of a saga. */
  recall(sagaId: string): RememberedSaga | null {
    const { runner, memory } = this.#options
    return runner.known(sagaId) ?? memory.recall(sagaId)
  }

  async #takeInSlot(hint: TaskHint): Promise<void> {
    const { ports } = this.#options
    if (ports.isStopping()) ports.slots.leave()
    else await this.claimInSlot(hint, ports.ids.unique())
  }
}
