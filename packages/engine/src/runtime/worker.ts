import type { RegisteredSaga } from '../definition/saga-definition.ts'
import type { TaskHint } from '../ports/task-store.ts'
import type { SagaRow } from '../ports/saga-queries.ts'
import type { Circuits } from './circuits.ts'
import type { Engine } from './engine.ts'
import { expiry } from './expiry.ts'
import { HintIntake } from './hint-intake.ts'
import type { HintSender } from './hint-sender.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import type { KnownLimits } from './known-limits.ts'
import type { LimitedQueuePorts } from './limited-queue.ts'
import { LimitedQueues } from './limited-queues.ts'
import type { FirstTurn, LocalWorkers, Seat } from './local-workers.ts'
import type { Registry } from './registry.ts'
import { PausesHere } from './pauses-here.ts'
import { SagaMemory } from './saga-memory.ts'
import { Seats } from './seats.ts'
import type { CircuitState } from './send-circuit.ts'
import { defaultDispatchGraceMs, type WorkerSettings } from './settings.ts'
import { SlotClaims } from './slot-claims.ts'
import { Slots } from './slots.ts'
import { sweepUntil } from './sweep.ts'
import type { TurnPorts } from './turn-ports.ts'
import { TurnRunner } from './turn-runner.ts'
import type { WorkerObserver } from './worker-observer.ts'

/** How tasks come to a worker at present, and how many have come since it was started. */
export interface DispatchStatus {
  /** `degraded` while the queue cannot be relied on: tasks are taken straight from Postgres then. */
  readonly state: 'connected' | 'degraded'
  /** Whether this process sends hints: `open` and `half_open` mean that it does not, for now. */
  readonly circuit: CircuitState
  /** Hints that the queue has brought. */
  readonly hintsTaken: number
  /** Tasks that were claimed without a hint: retries, timers, lost hints, and all of them while degraded. */
  readonly directClaims: number
  /** Consumers of the queue that had gone silent and were replaced by the watchdog. */
  readonly consumersReplaced: number
}

/** What a worker is made of. */
export interface WorkerOptions {
  readonly engine: Engine
  readonly circuits: Circuits
  readonly registry: Registry
  readonly hints: HintSender
  readonly locals: LocalWorkers
  readonly limits: KnownLimits
  readonly sagas: readonly RegisteredSaga[]
  readonly queues: readonly string[]
  readonly concurrency: number
  readonly settings: WorkerSettings
  readonly observer: WorkerObserver
  readonly onEnded: (saga: SagaRow) => void
}

/**
 * A worker in this process: takes tasks of its queues, by hint or by sweep, and runs their turns.
 *
 * Its life: `start` registers the sagas and begins to take tasks; `stop` takes no more, lets turns end at their next step,
 * tells handlers that go on for too long, and hands back what it holds.
 */
export class Worker {
  readonly #options: WorkerOptions
  readonly #slots: Slots
  readonly #keeper: LeaseKeeper
  readonly #ports: TurnPorts
  readonly #runner: TurnRunner
  readonly #claims: SlotClaims
  readonly #intake: HintIntake
  readonly #memory = new SagaMemory()
  readonly #limited: LimitedQueues
  readonly #seats: Seats
  readonly #pauses: PausesHere
  readonly #stopping = new AbortController()
  readonly #giveUp = new AbortController()
  readonly #background = new Set<Promise<void>>()
  #sweeping: Promise<unknown> = Promise.resolve()
  readonly #leave: (() => void)[] = []
  #stopped: Promise<void> | null = null

  constructor(options: WorkerOptions) {
    const { engine, circuits, settings, observer, hints, onEnded, registry } = options
    const { tasks, transactions, clock, logger, sagas, ids } = engine
    this.#options = options
    this.#pauses = new PausesHere(engine.pauses)
    this.#slots = new Slots(options.concurrency)
    this.#keeper = new LeaseKeeper({
      tasks,
      clock,
      logger,
      settings,
      onWake: (held, wake) => this.#runner.woken(held, wake),
    })
    this.#ports = {
      sagas,
      tasks,
      transactions,
      clock,
      ids,
      logger,
      settings,
      abortGraceMs: settings.abortGraceMs,
      slots: this.#slots,
      circuits,
      hints,
      observer,
      signal: this.#giveUp.signal,
      pauses: this.#pauses,
      isStopping: () => this.#stopping.signal.aborted,
      isLimited: (queue) => options.limits.has(queue),
      inBackground: (work) => this.#inBackground(work),
      remember: (saga) => this.#memory.keep(saga),
      forget: (sagaId) => this.#memory.forget(sagaId),
      onEnded,
    }
    const { queues, concurrency } = options
    const ports = this.#ports
    this.#runner = new TurnRunner({ ports, keeper: this.#keeper, registry })
    this.#claims = new SlotClaims({ ports, queues, runner: this.#runner, memory: this.#memory })
    this.#limited = this.#limitedQueues()
    this.#seats = this.#makeSeats()
    const onHint = (hint: TaskHint): Promise<void> => this.#onHint(hint)
    const { queue } = engine
    this.#intake = new HintIntake({ queue, queues, concurrency, onHint, hints, clock, logger })
  }

  /**
   * Begins to take tasks.
   *
   * @throws BackstepError `DEFINITION_CHANGED` when a definition differs from what is stored; nothing was taken then
   */
  async start(): Promise<void> {
    const { registry, sagas, hints, locals, observer, circuits, limits } = this.#options
    for (const saga of sagas) await registry.register(saga)
    await Promise.all([limits.declare(), this.#pauses.refresh()])
    this.#leave.push(hints.onFailure((count) => observer.dispatchFailed({ hints: count })))
    this.#leave.push(circuits.onChange((circuit) => observer.circuitChanged(circuit)))
    this.#keeper.start()
    this.#intake.open()
    const watching = this.#intake.watch(this.#stopping.signal)
    this.#sweeping = Promise.all([this.#sweep(), watching])
    this.#leave.push(locals.join(this))
  }

  isAtWork(sagaId: string): boolean {
    return this.#runner.isAtWork(sagaId)
  }

  /** Takes a place for the first turn of a saga that is started in this process; null when there is none. */
  seat(turn: FirstTurn): Seat | null {
    return this.#pauses.mayBegin(turn) ? this.#seats.seat(turn) : null
  }

  /** Whether this worker cannot rely on the queue. */
  get isDegraded(): boolean {
    return this.#intake.isDegraded
  }

  take(hint: TaskHint): boolean {
    return this.#isHandled(hint) || this.#claims.take(hint)
  }

  /** How tasks come to this worker. */
  get dispatch(): DispatchStatus {
    const { isDegraded, taken, replaced } = this.#intake
    return {
      state: isDegraded ? 'degraded' : 'connected',
      circuit: this.#options.hints.circuit,
      hintsTaken: taken,
      directClaims: this.#claims.direct,
      consumersReplaced: replaced,
    }
  }

  /** How many turns are under way. Not the slots in use: a sweep takes some for as long as it searches. */
  get active(): number {
    return this.#keeper.held().length
  }

  /** Ends the worker; safe to call again. Resolves within the shutdown grace, whatever handlers do. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    const { settings, engine, hints } = this.#options
    this.#stopping.abort()
    const closed = this.#intake.close()
    const limited = this.#limited.stop()
    const { shutdownGraceMs, abortGraceMs } = settings
    const marginMs = Math.min(stopMarginMs, shutdownGraceMs / 4)
    const patienceMs = Math.max(0, shutdownGraceMs - abortGraceMs - marginMs)
    await this.#idle(patienceMs)
    for (const held of this.#keeper.held()) held.abort('shutdown')
    await this.#idle(shutdownGraceMs - patienceMs - marginMs / 2)
    this.#giveUp.abort()
    await this.#keeper.stop()
    const over = expiry(engine.clock, marginMs / 2)
    const background = Promise.all(this.#background)
    const rest = Promise.all([closed, this.#sweeping, hints.flush(), background, limited])
    await Promise.race([rest, aborted(over.signal)])
    over.cancel()
    for (const leave of this.#leave) leave()
    const left = this.#slots.active
    if (left > 0)
      engine.logger.warn({ turns: left }, 'handlers did not settle; their leases will run out')
  }

  /** Resolves when no turn is under way, or when the time is over. */
  async #idle(ms: number): Promise<void> {
    const over = expiry(this.#options.engine.clock, ms)
    while (this.#slots.active > 0 && !over.signal.aborted) await this.#slots.change(over.signal)
    over.cancel()
  }

  #inBackground(work: Promise<void>): void {
    this.#background.add(work)
    void work.finally(() => this.#background.delete(work))
  }

  #sweep(): Promise<void> {
    const { engine, queues, settings, observer, hints } = this.#options
    const { tasks, clock, ids, logger } = engine
    return sweepUntil(
      {
        tasks,
        clock,
        ids,
        logger,
        slots: this.#slots,
        queues,
        limited: this.#limited,
        pauses: this.#pauses,
        leaseMs: settings.leaseMs,
        sweepMs: settings.sweepMs,
        graceMs: Math.max(settings.dispatchGraceMs, defaultDispatchGraceMs),
        touch: this.#keeper,
        signal: this.#giveUp.signal,
        intake: this.#intake,
        canSend: () => hints.circuit === 'closed',
        recall: (sagaId) => this.#claims.recall(sagaId),
        run: (claim, sentAtMs, known) => void this.#claims.runInSlot(claim, sentAtMs, known),
        onFound: (found) => this.#intake.swept(found),
        onClaimed: (claims) => this.#claims.foundDirectly(claims),
        onTakenOver: ({ sagaId, branch, queue }) => {
          observer.leaseTakenOver({ queue })
          logger.warn({ sagaId, branch, queue }, 'took over a task whose lease had run out')
        },
        dispatch: (found) => hints.send(found),
        onRound: () => observer.swept(),
      },
      this.#stopping.signal,
    )
  }

  #limitedQueues(): LimitedQueues {
    const { engine, limits: known, queues, settings } = this.#options
    const run: LimitedQueuePorts['run'] = (...claimed) => this.#claims.runInSlot(...claimed)
    const recall: LimitedQueuePorts['recall'] = (sagaId) => this.#claims.recall(sagaId)
    const { leaseMs } = settings
    const ports = { ...this.#ports, leaseMs, limits: engine.limits, known, recall, run }
    return new LimitedQueues({ queues, known, ports })
  }

  #makeSeats(): Seats {
    const { circuits } = this.#options
    return new Seats({
      ...this.#options,
      slots: this.#slots,
      mayBegin: (plan) => circuits.mayBegin(plan),
      isLimited: this.#ports.isLimited,
      isStopping: this.#ports.isStopping,
      run: (claim, sentAtMs) => void this.#claims.runInSlot(claim, sentAtMs, null),
      claim: (hint, claimId) => void this.#claims.claimInSlot(hint, claimId),
    })
  }

  #onHint(hint: TaskHint): Promise<void> {
    return this.#isHandled(hint) ? Promise.resolve() : this.#claims.onHint(hint)
  }

  /** Of a limited queue a hint says that there is work, not which comes first; of a paused one it is dropped. */
  #isHandled({ queue }: TaskHint): boolean {
    if (this.#pauses.holdsQueue(queue)) return true
    if (!this.#limited.has(queue)) return false
    this.#limited.wake(queue)
    return true
  }
}

/** Kept back from the shutdown grace for what comes after the handlers; never more than a quarter of it. */
const stopMarginMs = 1_000

async function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => resolve(), { once: true })
  await promise
}
