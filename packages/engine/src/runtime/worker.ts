import type { RegisteredSaga } from '../definition/saga-definition.ts'
import type { Claim, TaskHint } from '../ports/task-store.ts'
import type { SagaRow } from '../ports/saga-queries.ts'
import type { Consumer } from '../ports/task-queue.ts'
import { claimUntilAnswered, type ClaimPorts } from './claim-until-answered.ts'
import type { Circuits } from './circuits.ts'
import type { Engine } from './engine.ts'
import { expiry } from './expiry.ts'
import { handBackNow } from './hand-back.ts'
import { HeldClaim } from './held-claim.ts'
import type { HintSender } from './hint-sender.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import type { KnownLimits } from './known-limits.ts'
import type { LimitedQueuePorts } from './limited-queue.ts'
import { LimitedQueues } from './limited-queues.ts'
import type { FirstTurn, LocalWorkers, Seat } from './local-workers.ts'
import type { Registry } from './registry.ts'
import { SagaMemory, type RememberedSaga } from './saga-memory.ts'
import { Seats } from './seats.ts'
import type { WorkerSettings } from './settings.ts'
import { Slots } from './slots.ts'
import { sweepUntil } from './sweep.ts'
import type { TurnPorts } from './turn-ports.ts'
import { TurnRunner } from './turn-runner.ts'
import type { WorkerObserver } from './worker-observer.ts'

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
  readonly #claimPorts: ClaimPorts
  readonly #runner: TurnRunner
  readonly #memory = new SagaMemory()
  readonly #limited: LimitedQueues
  readonly #seats: Seats
  readonly #stopping = new AbortController()
  readonly #giveUp = new AbortController()
  readonly #consumers: Consumer[] = []
  readonly #background = new Set<Promise<void>>()
  #sweeping: Promise<void> = Promise.resolve()
  readonly #leave: (() => void)[] = []
  #stopped: Promise<void> | null = null

  constructor(options: WorkerOptions) {
    const { engine, circuits, settings, observer, hints, onEnded } = options
    const { tasks, transactions, clock, logger, sagas, ids } = engine
    this.#options = options
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
      isStopping: () => this.#stopping.signal.aborted,
      isLimited: (queue) => options.limits.has(queue),
      inBackground: (work) => this.#inBackground(work),
      remember: (saga) => this.#memory.keep(saga),
      forget: (sagaId) => this.#memory.forget(sagaId),
      onEnded,
    }
    this.#claimPorts = { ...this.#ports, leaseMs: settings.leaseMs }
    const { registry } = options
    this.#runner = new TurnRunner({ ports: this.#ports, keeper: this.#keeper, registry })
    this.#limited = this.#limitedQueues()
    this.#seats = new Seats({
      ...options,
      slots: this.#slots,
      mayBegin: (plan) => options.circuits.mayBegin(plan),
      isLimited: this.#ports.isLimited,
      isStopping: this.#ports.isStopping,
      run: (claim, sentAtMs) => void this.#runInSlot(claim, sentAtMs, null),
      claim: (hint, claimId) => void this.#claimInSlot(hint, claimId),
    })
  }

  /**
   * Begins to take tasks.
   *
   * @throws BackstepError `DEFINITION_CHANGED` when a definition differs from what is stored; nothing was taken then
   */
  async start(): Promise<void> {
    const { registry, sagas, queues, engine, concurrency, hints } = this.#options
    const { locals, observer, circuits, limits } = this.#options
    for (const saga of sagas) await registry.register(saga)
    await limits.declare()
    this.#leave.push(hints.onFailure((count) => observer.dispatchFailed({ hints: count })))
    this.#leave.push(circuits.onChange((circuit) => observer.circuitChanged(circuit)))
    this.#keeper.start()
    for (const queue of queues) {
      const onHint = (hint: TaskHint): Promise<void> => this.#onHint(hint)
      const onError = (error: Error): void =>
        engine.logger.warn({ err: error, queue }, 'queue trouble')
      this.#consumers.push(engine.queue.consume(queue, { concurrency, onHint, onError }))
    }
    this.#sweeping = this.#sweep()
    this.#leave.push(locals.join(this))
  }

  isAtWork(sagaId: string): boolean {
    return this.#runner.isAtWork(sagaId)
  }

  /** Takes a place for the first turn of a saga that is started in this process; null when there is none. */
  seat(turn: FirstTurn): Seat | null {
    return this.#seats.seat(turn)
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
    const closed = Promise.allSettled(this.#consumers.map((consumer) => consumer.close()))
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
        leaseMs: settings.leaseMs,
        sweepMs: settings.sweepMs,
        touch: this.#keeper,
        signal: this.#giveUp.signal,
        recall: (sagaId) => this.#recall(sagaId),
        run: (claim, sentAtMs, known) => void this.#runInSlot(claim, sentAtMs, known),
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
    const { engine, limits: known, queues } = this.#options
    const recall = (sagaId: string): RememberedSaga | null => this.#recall(sagaId)
    const run: LimitedQueuePorts['run'] = (...claimed) => this.#runInSlot(...claimed)
    const ports = { ...this.#claimPorts, ...this.#ports, limits: engine.limits, known, recall, run }
    return new LimitedQueues({ queues, known, ports })
  }

  #onHint(hint: TaskHint): Promise<void> {
    if (this.#limited.has(hint.queue)) {
      // It says that there is work; which of it comes first is not for it to say.
      this.#limited.wake(hint.queue)
      return Promise.resolve()
    }
    return this.#slots.tryEnter()
      ? this.#takeInSlot(hint)
      : this.#slots.enter().then(() => this.#takeInSlot(hint))
  }

  #takeInSlot(hint: TaskHint): Promise<void> {
    if (!this.#stopping.signal.aborted) {
      return this.#claimInSlot(hint, this.#options.engine.ids.unique())
    }
    this.#slots.leave()
    return Promise.resolve()
  }

  async #claimInSlot(hint: TaskHint, claimId: string): Promise<void> {
    const { sagaId, branch, nonce } = hint
    const { engine, settings } = this.#options
    const { leaseMs } = settings
    const known = this.#recall(sagaId)
    try {
      const { claims, sentAtMs } = await claimUntilAnswered(this.#claimPorts, [
        { sagaId, branch, nonce, claimId, leaseMs, known: known?.row ?? null },
      ])
      for (const claim of claims) {
        // A hint that came by a queue which its task is not on: whoever sent it, its handler may not be here.
        if (!this.#mayRun(claim, hint)) await handBackNow(this.#ports, new HeldClaim(claim, 0))
        else await this.#runner.run(claim, sentAtMs, known)
      }
    } catch (error) {
      engine.logger.warn({ err: error, sagaId, branch }, 'claim failed; the sweep finds the task')
    } finally {
      this.#slots.leave()
    }
  }

  #mayRun({ queue }: Claim, hint: TaskHint): boolean {
    if (!this.#options.queues.includes(queue)) return false
    // Limits are not to be passed by on another queue.
    return queue === hint.queue || !this.#limited.has(queue)
  }

  #recall(sagaId: string): RememberedSaga | null {
    return this.#runner.known(sagaId) ?? this.#memory.recall(sagaId)
  }

  async #runInSlot(claim: Claim, sentAtMs: number, known: RememberedSaga | null): Promise<void> {
    try {
      await this.#runner.run(claim, sentAtMs, known)
    } finally {
      this.#slots.leave()
    }
  }
}

/** Kept back from the shutdown grace for what comes after the handlers; never more than a quarter of it. */
const stopMarginMs = 1_000

async function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => resolve(), { once: true })
  await promise
}
