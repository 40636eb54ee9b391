import { isBackstepError, type DispatchStatus } from '@backstep/engine'

import type { BacklogReader } from './backlog-reader.ts'

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
}

/**
 * A sweep that is this late hangs. Statements to a Postgres that is away time out well before, so that a database that is
 * down never gets its workers killed.
 */
const sweepHangsMs = 120_000

/** Knows how the service is doing, for whoever watches it from outside. */
export class ServiceHealth {
  readonly #backlog: BacklogReader
  readonly #queue: () => Readiness['queue']
  #phase: ServicePhase = 'starting'
  #sweptMs: number | null = null

  constructor(backlog: BacklogReader, queue: () => Readiness['queue']) {
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
    return { ready, worker: this.#phase, database, queue: this.#queue() }
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
