import type { Command } from '../core/command.ts'
import { foldRest } from '../core/fold.ts'
import type { OnBranchObservation } from '../core/observation.ts'
import { isIsolated } from '../core/poison.ts'
import { branchOf } from '../core/state-patch.ts'
import type { SagaState } from '../core/state.ts'
import type { AppendRecord } from '../ports/saga-store.ts'
import { advance, type Advance } from './advance.ts'
import { expiry } from './expiry.ts'
import type { FoldedHere } from './folded-here.ts'
import { handBack, handBackNow } from './hand-back.ts'
import type { HeldClaim } from './held-claim.ts'
import type { KnownDefinition } from './registry.ts'
import { keepLateResult } from './keep-late-result.ts'
import type { FoldedSaga } from './read-claim.ts'
import { StepExecution } from './step-execution.ts'
import { tellsOfLoss } from './tells-of-loss.ts'
import { failure } from './to-failure.ts'
import { appendRecord } from './turn-append.ts'
import type { TurnPorts } from './turn-ports.ts'
import { untilAnswered } from './until-answered.ts'

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
  readonly #definition: KnownDefinition
  readonly #execution: StepExecution
  readonly #startedMs: number
  #state: SagaState
  /** Postgres's clock minus ours. */
  readonly #offsetMs: number
  readonly #folded: FoldedHere
  #steps = 0
  #alone = false
  #seenWake = 0
  #lostRaces = 0

  constructor(ports: TurnPorts, held: HeldClaim, start: TurnStart) {
    this.#ports = ports
    this.#held = held
    this.#definition = start.definition
    this.#execution = new StepExecution(ports, held)
    this.#state = start.state
    this.#folded = start.folded
    this.#startedMs = ports.clock.monotonicMs()
    this.#offsetMs = held.claim.now - start.receivedMs
  }

  /** Works until the branch has nothing more to do here. */
  async run(): Promise<void> {
    let observation: OnBranchObservation | null = this.#first()
    try {
      if (!(await this.#standsAlone())) return
      while (observation !== null) {
        const command = await this.#settle(observation)
        observation = command === null ? null : await this.#execute(command)
      }
    } finally {
      if (this.#alone) this.#ports.slots.share()
    }
  }

  /** Somebody has appended a request: if it is a cancel, the action at work is told now, not after it has ended. */
  async woken(wake: number): Promise<void> {
    if (!this.#execution.isCancelable || wake === this.#seenWake) return
    const { sagas } = this.#ports
    const entries = await sagas.readJournal(this.#held.claim.sagaId, this.#state.seq)
    // Only now: a read that failed is made again at the next heartbeat.
    this.#seenWake = wake
    const events = entries.flatMap((entry) => entry.events)
    if (events.some(({ type }) => type === 'cancel_requested')) this.#execution.cancel()
  }

  #now(): number {
    return Math.round(this.#ports.clock.monotonicMs() + this.#offsetMs)
  }

  #first(): OnBranchObservation {
    const { branch, claimId } = this.#held.claim
    const at = this.#now()
    const { saga, plan } = this.#definition
    if (saga !== null) return { type: 'claimed', branch, claimId, at }
    const text = `No worker of this queue has saga "${plan.name}" version ${plan.version} registered.`
    const why = failure('error', 'definition_missing', text)
    return { type: 'unworkable', code: 'definition_missing', failure: why, branch, at, ran: null }
  }

  /** Decides and appends until the decision stands. Null: the turn is over. */
  async #settle(seen: OnBranchObservation): Promise<Command | null> {
    let observation = seen
    for (;;) {
      const next = await advance(this.#advanceContext(), observation)
      if (next.refusal !== null) {
        this.#log(
          'error',
          { observation: observation.type, refusal: next.refusal },
          'nothing to decide',
        )
        return null
      }
      if (next.events.length === 0) {
        const settled = await this.#withoutEvents(next)
        if (settled !== 'again') return settled
      } else if (await this.#append(next)) {
        return next.stays ? next.command : null
      }
      if (await this.#readOn()) {
        keepLateResult(
          this.#ports,
          { plan: this.#definition.plan, claim: this.#held.claim },
          observation,
        )
        return null
      }
      observation = this.#asOfNow(observation)
    }
  }

  /** A claim stands for the moment at which it is looked at: a delay that has passed since is over. */
  #asOfNow(observation: OnBranchObservation): OnBranchObservation {
    return observation.type === 'claimed' ? { ...observation, at: this.#now() } : observation
  }

  #advanceContext(): Parameters<typeof advance>[0] {
    const { settings, isStopping, clock } = this.#ports
    const { claimId, queue, branch } = this.#held.claim
    const elapsedMs = clock.monotonicMs() - this.#startedMs
    const roomy = this.#steps < settings.maxStepsPerTurn && elapsedMs < settings.maxTurnMs
    return {
      definition: this.#definition,
      state: this.#state,
      claim: { claimId, queue, branch },
      clock,
      now: () => this.#now(),
      mayGoOn: !isStopping() && (this.#steps === 0 || roomy),
    }
  }

  /** There is nothing to write: go on, wait a moment, or give the task back to be claimed when its time has come. */
  async #withoutEvents(next: Advance): Promise<Command | null | 'again'> {
    const { command } = next
    if (next.stays) return command
    const delayMs = 'delayMs' in command ? command.delayMs : 60_000
    const { stop } = this.#held
    if (delayMs > 0 && delayMs < 1_000 && stop.reason === null) {
      await this.#ports.clock.sleep(delayMs, stop.signal)
      return 'again'
    }
    return (await handBack(this.#ports, this.#held, delayMs)) ? null : 'again'
  }

  async #append(next: Advance): Promise<boolean> {
    const { sagas } = this.#ports
    const record = appendRecord(this.#ports, {
      next,
      state: this.#state,
      held: this.#held,
      plan: this.#definition.plan,
      afterId: this.#folded.lastId,
    })
    const [result] = await untilAnswered(() => sagas.append([record]), this.#ports)
    if (result?.applied !== true) {
      this.#lostRaces += 1
      return false
    }
    this.#lostRaces = 0
    const { seq, appendId } = record
    const entry = { seq, at: result.at, events: next.events, appendId }
    this.#state = foldRest(this.#definition.plan, this.#state, [entry])
    this.#folded.add(entry)
    this.#announce(record, result.at)
    return true
  }

  /** Tells the queue of the next task, and whoever waits of an end. */
  #announce({ task, row }: AppendRecord, at: number): void {
    const { observer, hints, onEnded } = this.#ports
    const { sagaId, branch } = this.#held.claim
    if (task.type === 'replace') this.#remember()
    if (task.type === 'replace' && task.next.delayMs === 0) {
      const { queue, nonce } = task.next
      hints.send([{ sagaId, branch, queue, nonce }])
    }
    if (row === null || row.status === 'running' || row.status === 'compensating') return
    const { name, version } = this.#definition.plan
    observer.sagaSettled({ saga: name, status: row.status })
    if (row.status === 'stuck') {
      this.#log('error', { code: row.stuckCode, stuckStep: row.stuckStep }, 'saga is stuck')
      return
    }
    this.#log('info', { status: row.status }, 'saga ended')
    const { key, startedAt } = this.#state
    onEnded({ sagaId, name, version, key, ...row, startedAt, changedAt: at })
  }

  /** What the next turn of this saga here need not read again. */
  #remember(): void {
    const left = this.#folded.upTo(this.#state.seq)
    if (left === null) return
    this.#ports.remember({ definition: this.#definition, state: this.#state, ...left })
  }

  /** Reads what others have appended. True when that includes the loss of this claim (I3). */
  async #readOn(): Promise<boolean> {
    const { sagas } = this.#ports
    const { sagaId, claimId } = this.#held.claim
    const { lastId } = this.#folded
    const { seq } = this.#state
    const read = await untilAnswered(
      () => sagas.readJournal(sagaId, lastId === null ? seq : seq - 1),
      this.#ports,
    )
    const entries = read.filter((entry) => entry.seq > seq)
    if (lastId !== null && read[0]?.appendId !== lastId) throw this.#rewound()
    if (entries.length > 0) this.#lostRaces = 0
    if (this.#lostRaces >= mostVainRaces) throw this.#rewound()
    this.#state = foldRest(this.#definition.plan, this.#state, entries)
    for (const entry of entries) this.#folded.add(entry)
    return tellsOfLoss(entries, claimId)
  }

  /** The journal has another row where the last one was, or takes none behind it: it is not the journal that was read. */
  #rewound(): RangeError {
    const { sagaId, seq } = this.#state
    return new RangeError(
      `The journal of saga ${sagaId} does not go on behind row ${seq} as it was read: it has lost rows, or the claim on it is gone.`,
    )
  }

  async #execute(command: Command): Promise<OnBranchObservation | null> {
    const { saga, plan } = this.#definition
    if (saga === null || command.type === 'halt' || command.type === 'complete') return null
    if (!this.#held.isCurrent(this.#ports.clock.monotonicMs())) {
      // I4. What never started is given back: else its lease would count as one more death.
      await handBackNow(this.#ports, this.#held)
      return null
    }
    this.#steps += 1
    const now = (): number => this.#now()
    return this.#execution.run(command, { plan, saga, state: this.#state, now })
  }

  /** A branch that has killed workers runs with nothing else beside it, or is given back for a while. */
  async #standsAlone(): Promise<boolean> {
    const { slots, clock, settings } = this.#ports
    if (!isIsolated(branchOf(this.#state, this.#held.claim.branch).deaths)) return true
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
    const { name } = this.#definition.plan
    this.#ports.logger[level]({ sagaId, saga: name, branch, ...fields }, message)
  }
}

/** Of the patience of who wants to be alone: the longest is a thousand leases. */
const mostDoublings = 10

/** A lost race without a row that won it: so often that is looked at again. */
const mostVainRaces = 3

/** What a turn begins with. */
export interface TurnStart extends FoldedSaga {
  readonly folded: FoldedHere
  /** When the claim's answer came, on our clock. */
  readonly receivedMs: number
}
