import type { Command } from '../core/command.ts'
import { foldRest } from '../core/fold.ts'
import { turnsBack } from '../core/next-action.ts'
import type { OnBranchObservation } from '../core/observation.ts'
import { isIsolated } from '../core/poison.ts'
import type { Advance } from './advance.ts'
import type { Ask } from './asks-in-turn.ts'
import { CircuitPass } from './circuit-pass.ts'
import { expiry } from './expiry.ts'
import { handBack, handBackNow } from './hand-back.ts'
import type { HeldClaim } from './held-claim.ts'
import { keepLateResult } from './keep-late-result.ts'
import type { SagaHere } from './saga-here.ts'
import { StepExecution } from './step-execution.ts'
import { failure } from './to-failure.ts'
import type { TurnPorts } from './turn-ports.ts'
import { untilAnswered } from './until-answered.ts'
import { VerdictWriter } from './verdict-writer.ts'

/**
 * One turn: a run over consecutive steps of one branch under one claim.
 *
 * I1. Nothing is done that is not in the journal first: a handler starts only after the append that calls for it.
 * I2. A decision counts only if its append directly follows what it was made on; a lost race reads on and decides again.
 * I3. Once the journal has this claim's `lease_lost`, the turn decides nothing and starts nothing: what it still learns is
 *     a late result.
 * I4. No handler starts beyond the claim's local deadline.
 * I5. However a turn ends, the branch has a task, or the saga has ended or is stuck; the lease covers a turn that dies.
 */
export class Turn {
  readonly #ports: TurnPorts
  readonly #held: HeldClaim
  readonly #saga: SagaHere
  readonly #writer: VerdictWriter
  readonly #execution: StepExecution
  readonly #circuit: CircuitPass
  readonly #startedMs: number
  /** Postgres's clock minus ours. */
  readonly #offsetMs: number
  #steps = 0
  #alone = false
  #seenWake = 0

  /** @param receivedMs when the claim's answer came, on our clock */
  constructor(
    ports: TurnPorts,
    held: HeldClaim,
    { saga, receivedMs }: { readonly saga: SagaHere; readonly receivedMs: number },
  ) {
    this.#ports = ports
    this.#held = held
    this.#saga = saga
    this.#writer = new VerdictWriter(ports, held)
    this.#execution = new StepExecution(ports, held, this.#writer)
    this.#circuit = new CircuitPass(ports.circuits, held.claim.branch)
    this.#startedMs = ports.clock.monotonicMs()
    this.#offsetMs = held.claim.now - receivedMs
  }

  /** Works until the branch has nothing more to do here. */
  async run(): Promise<void> {
    let observation: OnBranchObservation | null = this.#first()
    try {
      if (await this.#isHeld()) return
      if (this.#isDangerous() && !(await this.#standsAlone())) return
      while (observation !== null) {
        const command = await this.#settle(observation)
        observation = command === null ? null : await this.#execute(command)
      }
    } finally {
      this.#circuit.release()
      await this.#writer.close()
      if (this.#alone) this.#ports.slots.share()
    }
  }

  /** Somebody has appended a request: if it stops the action at work, that is told now, not after it has ended. */
  async woken(wake: number): Promise<void> {
    if (!this.#execution.isCancelable || wake === this.#seenWake) return
    const { sagas } = this.#ports
    const { branch, sagaId } = this.#held.claim
    const { state, definition } = this.#saga
    const entries = await sagas.readJournal(sagaId, state.seq)
    // Only now: a read that failed is made again at the next heartbeat.
    this.#seenWake = wake
    const now = foldRest(definition.plan, state, entries)
    if (turnsBack(definition.plan, now, branch)) this.#execution.cancel()
  }

  /** Postgres's time. */
  readonly #now = (): number => Math.round(this.#ports.clock.monotonicMs() + this.#offsetMs)

  #first(): OnBranchObservation {
    const { branch, claimId } = this.#held.claim
    const at = this.#now()
    const { saga, plan } = this.#saga.definition
    if (saga !== null) return { type: 'claimed', branch, claimId, at }
    const text = `No worker of this queue has saga "${plan.name}" version ${plan.version} registered.`
    const why = failure('error', 'definition_missing', text)
    return { type: 'unworkable', code: 'definition_missing', failure: why, branch, at, ran: null }
  }

  /** Decides until the decision stands. Null: the turn is over. */
  async #settle(seen: OnBranchObservation): Promise<Command | null> {
    const ask = {
      held: this.#held,
      writer: this.#writer,
      observation: () => this.#writer.standing(this.#asOfNow(seen)),
      context: () => this.#advanceContext(),
    }
    for (;;) {
      const settled = await this.#saga.settle(ask)
      switch (settled.type) {
        case 'applied':
          return this.#next(settled.next)
        case 'overtaken':
          return this.#settle(this.#first())
        case 'refused': {
          const { refusal } = settled
          this.#log('error', { observation: seen.type, refusal }, 'nothing to decide')
          return null
        }
        case 'idle': {
          const command = await this.#withoutEvents(settled.next)
          if (command !== 'again') return command
          if (await this.#saga.readOn(this.#held)) return this.#tooLate(seen)
          break
        }
        case 'lost':
          return this.#tooLate(seen)
      }
    }
  }

  /** What this very turn does next; null where it does nothing more. */
  #next({ command, stays }: Advance): Command | null {
    const next = stays ? command : null
    this.#circuit.settle(next)
    if (!stays && this.#circuit.keepsBack(command)) this.#delayed(command)
    return next
  }

  /** Nothing of it is in the journal: here is where it can be seen. */
  #delayed(command: Command): void {
    if (!('step' in command)) return
    const { step, delayMs } = command
    const { name: saga } = this.#saga.definition.plan
    this.#ports.observer.attemptDelayed({ saga, step })
    this.#log('info', { step, delayMs }, 'attempt kept back: the circuit of its step is open')
  }

  async #tooLate(seen: OnBranchObservation): Promise<null> {
    const { plan } = this.#saga.definition
    const left = await this.#writer.withdraw(seen)
    keepLateResult(this.#ports, { plan, claim: this.#held.claim }, left)
    return null
  }

  /** A claim stands for the moment at which it is looked at: a delay that has passed since is over. */
  #asOfNow(observation: OnBranchObservation): OnBranchObservation {
    return observation.type === 'claimed' ? { ...observation, at: this.#now() } : observation
  }

  #advanceContext(): ReturnType<Ask['context']> {
    const { settings, isStopping, isLimited, clock, pauses } = this.#ports
    const { claimId, queue, branch } = this.#held.claim
    const isPaused = pauses.holdsQueue(queue) || pauses.holdsDefinition(this.#saga.definition.plan)
    const elapsedMs = clock.monotonicMs() - this.#startedMs
    const mostSteps = isLimited(queue) ? 1 : settings.maxStepsPerTurn
    const roomy = this.#steps < mostSteps && elapsedMs < settings.maxTurnMs
    return {
      claim: { claimId, queue, branch },
      clock,
      now: this.#now,
      circuitOpenMs: (state, at) => this.#circuit.openMs(this.#saga.definition.plan, state, at),
      mayGoOn: !isStopping() && !isPaused && (this.#steps === 0 || roomy),
    }
  }

  /** There is nothing to write: go on, wait a moment, or give the task back to be claimed when its time has come. */
  async #withoutEvents(next: Advance): Promise<Command | null | 'again'> {
    const { command } = next
    if (this.#next(next) !== null) return command
    const delayMs = 'delayMs' in command ? command.delayMs : 60_000
    const { stop } = this.#held
    if (delayMs > 0 && delayMs < 1_000 && stop.reason === null) {
      await this.#ports.clock.sleep(delayMs, stop.signal)
      return 'again'
    }
    return (await handBack(this.#ports, this.#held, delayMs)) ? null : 'again'
  }

  async #execute(command: Command): Promise<OnBranchObservation | null> {
    const { saga, plan } = this.#saga.definition
    if (saga === null || !('step' in command)) return null
    if (!this.#held.isCurrent(this.#ports.clock.monotonicMs())) {
      // I4. What never started is given back: else its lease would count as one more death.
      await handBackNow(this.#ports, this.#held)
      return null
    }
    this.#steps += 1
    const context = { plan, saga, state: this.#saga.state, now: this.#now }
    const observation = await this.#execution.run(command, context)
    this.#circuit.ended(observation)
    return observation
  }

  /** The task of a definition that is paused is put off, once that was asked for anew: a resume makes due what was put off. */
  async #isHeld(): Promise<boolean> {
    const { pauses } = this.#ports
    const { plan } = this.#saga.definition
    if (!pauses.holdsDefinition(plan)) return false
    await untilAnswered(() => pauses.refresh(), this.#ports)
    if (!pauses.holdsDefinition(plan)) return false
    while (!(await handBack(this.#ports, this.#held, heldDelayMs)));
    return true
  }

  #isDangerous(): boolean {
    // The branch may be gone by the time that its claim is here.
    const { branches } = this.#saga.state
    return isIsolated(branches[this.#held.claim.branch]?.deaths ?? 0)
  }

  /** A branch that has killed workers runs with nothing else beside it, or is given back for a while. */
  async #standsAlone(): Promise<boolean> {
    const { slots, clock, settings } = this.#ports
    // Each wait in vain doubles the next one: steps that take longer than a lease must not keep it out for ever.
    const patienceMs = settings.leaseMs * 2 ** Math.min(slots.vain, mostDoublings)
    const patience = expiry(clock, patienceMs)
    this.#alone = await slots.isolate(AbortSignal.any([this.#held.stop.signal, patience.signal]))
    patience.cancel()
    // Who waited in vain has kept others out: they have as long for themselves before the next try.
    const delayMs = patience.signal.aborted ? patienceMs : 1_000
    while (!this.#alone && !(await handBack(this.#ports, this.#held, delayMs)));
    return this.#alone
  }

  #log(
    level: 'info' | 'warn' | 'error',
    fields: Readonly<Record<string, unknown>>,
    message: string,
  ): void {
    const { sagaId, branch } = this.#held.claim
    const { name } = this.#saga.definition.plan
    this.#ports.logger[level]({ sagaId, saga: name, branch, ...fields }, message)
  }
}

/** How long the task of a paused definition is put off. */
const heldDelayMs = 300_000

/** Of the patience of who wants to be alone: the longest is a thousand leases. */
const mostDoublings = 10
