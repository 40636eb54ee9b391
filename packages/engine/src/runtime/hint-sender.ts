import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { TaskQueue } from '../ports/task-queue.ts'
import type { TaskHint } from '../ports/task-store.ts'
import { Circuit, type CircuitState } from './send-circuit.ts'
import type { LocalWorkers } from './local-workers.ts'

/** More hints than this wait for a queue that does not answer: the rest is left to the sweep. */
const maximumPending = 10_000

/**
 * Sends hints after commits, in bulk: what comes while one sending is under way goes with the next. Nobody waits for it
 * and nobody fails by it, because a hint that is lost only makes its task late.
 *
 * A queue that fails or is slow again and again is left alone until it is well (a circuit breaker). Meanwhile, and whenever a
 * sending has failed, hints go to the workers of this process as far as those have room, and tasks are due at once, so that
 * the sweeps of others find them without waiting for the queue.
 */
export class HintSender {
  readonly #queue: Pick<TaskQueue, 'dispatch' | 'sharesStore'>
  readonly #logger: Logger
  readonly #locals: Pick<LocalWorkers, 'offer'>
  readonly #circuit: Circuit
  readonly #failureListeners = new Set<(hints: number) => void>()
  readonly #circuitListeners = new Set<() => void>()
  #pending: TaskHint[] = []
  #sending: Promise<void> | null = null
  /** Sent once more to find out whether the queue works: to no harm, since nobody can claim a task twice. */
  #lastSent: TaskHint | null = null
  #isFailing = false
  #isSuspended = false
  /** How many hints were not even tried since the circuit opened. */
  #unsent = 0

  constructor(options: HintSenderOptions) {
    this.#queue = options.queue
    this.#logger = options.logger
    this.#locals = options.locals
    this.#circuit = new Circuit({
      clock: options.clock,
      probe: () => this.#dispatch(this.#lastSent === null ? [] : [this.#lastSent]),
      onChange: (state) => this.#changed(state),
    })
  }

  /** Whether hints are sent at present. */
  get circuit(): CircuitState {
    return this.#circuit.state
  }

  /** How long sweeps are to leave a task to the queue that is made now: not at all while its hint would not be sent. */
  graceMs(usualMs: number): number {
    return this.circuit === 'closed' ? usualMs : 0
  }

  /** Takes hints and returns at once. */
  send(hints: readonly TaskHint[]): void {
    if (this.circuit !== 'closed') {
      this.#unsent += hints.length
      this.#giveUp(hints)
      return
    }
    const rest = this.#locals.offer(hints, 'hint')
    if (rest.length === 0) return
    const room = maximumPending - this.#pending.length
    this.#pending.push(...rest.slice(0, room))
    if (rest.length > room) this.#failed(rest.slice(room), new Error('Too many hints wait.'))
    this.#sending ??= this.#run()
  }

  /**
   * Calls the listener with the number of hints whenever some were given up.
   *
   * @returns ends that
   */
  onFailure(listener: (hints: number) => void): () => void {
    this.#failureListeners.add(listener)
    return () => void this.#failureListeners.delete(listener)
  }

  /**
   * Calls the listener whenever the circuit has changed.
   *
   * @returns ends that
   */
  onCircuit(listener: () => void): () => void {
    this.#circuitListeners.add(listener)
    return () => void this.#circuitListeners.delete(listener)
  }

  /** Resolves when what was taken so far has been sent or given up. */
  async flush(): Promise<void> {
    await this.#sending
  }

  /** Sends what was taken so far; a queue that does not work is not tried again after that. */
  async close(): Promise<void> {
    await this.flush()
    this.#circuit.end()
  }

  async #run(): Promise<void> {
    // Let the hints of the same tick gather before the first one goes.
    await Promise.resolve()
    while (this.#pending.length > 0) {
      const hints = this.#pending.splice(0, 1_000)
      try {
        await this.#guarded(hints)
        this.#isFailing = false
      } catch (error) {
        this.#failed(hints, error)
      }
    }
    this.#sending = null
  }

  #guarded(hints: readonly TaskHint[]): Promise<void> {
    if (this.#queue.sharesStore === true) return this.#dispatch(hints)
    this.#lastSent = hints.at(-1) ?? this.#lastSent
    return this.#circuit.run(() => this.#dispatch(hints))
  }

  #dispatch(hints: readonly TaskHint[]): Promise<void> {
    return this.#queue.dispatch(hints)
  }

  #failed(hints: readonly TaskHint[], error: unknown): void {
    if (!this.#isFailing || this.#queue.sharesStore === true) {
      const fields = { err: error, hints: hints.length }
      this.#logger.warn(fields, 'hints could not be sent; the sweep finds their tasks')
    }
    this.#isFailing = true
    this.#giveUp(hints)
  }

  /** What no worker here has room for is left to the sweeps. */
  #giveUp(hints: readonly TaskHint[]): void {
    if (this.#queue.sharesStore !== true) this.#locals.offer(hints, 'lost')
    for (const listener of this.#failureListeners) listener(hints.length)
  }

  #changed(state: CircuitState): void {
    if (state === 'open' && !this.#isSuspended) this.#suspend()
    if (state === 'closed') this.#resume()
    for (const listener of this.#circuitListeners) listener()
  }

  #suspend(): void {
    this.#isSuspended = true
    this.#logger.warn(
      {},
      'the queue does not work: no hints are sent until it does, and workers take tasks straight from the database',
    )
    const waiting = this.#pending.splice(0)
    this.#unsent = waiting.length
    if (waiting.length > 0) this.#giveUp(waiting)
  }

  #resume(): void {
    this.#isSuspended = false
    this.#isFailing = false
    this.#logger.info({ hints: this.#unsent }, 'the queue works again: hints are sent')
  }
}

/** What a hint sender needs. */
export interface HintSenderOptions {
  readonly queue: Pick<TaskQueue, 'dispatch' | 'sharesStore'>
  readonly clock: Clock
  readonly logger: Logger
  readonly locals: Pick<LocalWorkers, 'offer'>
}
