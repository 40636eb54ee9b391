import { isBackstepError, type Backlog, type Circuit, type DispatchStatus } from '@backstep/engine'

import type { FreshReader } from './fresh-reader.ts'

/** Where a service is in its life. */
export type ServicePhase = 'starting' | 'working' | 'stopping'

/** The answer to "are you alive?". */
export interface Liveness {
  readonly alive: boolean
  readonly phase: ServicePhase
  /** Milliseconds since the worker last looked for work; null while it has not begun to. */
  readonly sweptMsAgo: number | null
}

/** The answer to "can you work?". It names no address and repeats no message: anybody may ask. */
export interface Readiness {
  readonly ready: boolean
  readonly worker: ServicePhase
  readonly database: 'ok' | 'not_migrated' | 'unavailable'
  /** A worker whose queue is degraded works on, straight from Postgres; null while it has not begun to. */
  readonly queue: DispatchStatus['state'] | null
  /** The circuits of this process that are not closed. They make nothing less ready: only their own steps wait. */
  readonly circuits: readonly Circuit[]
}

/**
 * A sweep that is this late hangs. Statements to a Postgres that is away time out well before, so that a database that is
 * down never gets its workers killed.
 */
const sweepHangsMs = 120_000

/** Knows how the service is doing, for whoever watches it from outside. */
export class ServiceHealth {
  readonly #backlog: FreshReader<Backlog>
  readonly #queue: () => Readiness['queue']
  #phase: ServicePhase = 'starting'
  #sweptMs: number | null = null
  readonly #circuits = new Map<string, Circuit>()

  constructor(backlog: FreshReader<Backlog>, queue: () => Readiness['queue']) {
    this.#backlog = backlog
    this.#queue = queue
  }

  /** The service has come to another part of its life. */
  enter(phase: ServicePhase): void {
    this.#phase = phase
  }

  /** The worker has looked for work. */
  swept(): void {
    this.#sweptMs = performance.now()
  }

  /** A circuit has come to another state. */
  circuitChanged(circuit: Circuit): void {
    const key = `${circuit.version}@${circuit.saga}/${circuit.step}`
    if (circuit.state === 'closed') this.#circuits.delete(key)
    else this.#circuits.set(key, circuit)
  }

  /** That this is answered at all shows that the event loop turns; the rest is about the sweep. */
  liveness(): Liveness {
    const sweptMsAgo = this.#sweptMs === null ? null : Math.round(performance.now() - this.#sweptMs)
    const hangs = this.#phase === 'working' && (sweptMsAgo ?? 0) > sweepHangsMs
    return { alive: !hangs, phase: this.#phase, sweptMsAgo }
  }

  /** Answers within the backlog reader's time-out, whatever Postgres does. */
  async readiness(): Promise<Readiness> {
    const database = await this.#database()
    const ready = database === 'ok' && this.#phase === 'working'
    const circuits = [...this.#circuits.values()]
    return { ready, worker: this.#phase, database, queue: this.#queue(), circuits }
  }

  async #database(): Promise<Readiness['database']> {
    try {
      await this.#backlog.read()
      return 'ok'
    } catch (error) {
      return isBackstepError(error, 'DATABASE_NOT_MIGRATED') ? 'not_migrated' : 'unavailable'
    }
  }
}
