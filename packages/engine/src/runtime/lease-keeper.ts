import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Claim, TaskStore } from '../ports/task-store.ts'
import { HeldClaim } from './held-claim.ts'
import type { WorkerSettings } from './settings.ts'

/**
 * Keeps the leases of every claim that this worker holds.
 *
 * I1. A local deadline lies before the lease's end in Postgres: it counts from before the request was sent.
 * I2. A claim that a heartbeat does not return is not taken for lost; only its deadline decides.
 * I3. A deadline is looked at even while a heartbeat hangs.
 * I4. Who was cut off from Postgres for half a lease is out of touch, and stays so for one heartbeat after it is back: others
 *     may just as well have been cut off, and come back to their leases now.
 */
export class LeaseKeeper {
  readonly #tasks: Pick<TaskStore, 'heartbeat'>
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #settings: WorkerSettings
  readonly #held = new Map<string, HeldClaim>()
  readonly #onWake: (held: HeldClaim, wake: number) => void
  readonly #stopping = new AbortController()
  /** Ends the sleep of a keeper that has nothing to keep. */
  #nap: AbortController | null = null
  #beatSentMs: number | null = null
  #lastReachedMs: number
  #failing = false
  #outOfTouchUntilMs = 0
  #done: Promise<void> | null = null

  constructor(options: LeaseKeeperOptions) {
    this.#tasks = options.tasks
    this.#clock = options.clock
    this.#logger = options.logger
    this.#settings = options.settings
    this.#onWake = options.onWake
    this.#lastReachedMs = options.clock.monotonicMs()
  }

  /** Begins to beat. */
  start(): void {
    this.#done ??= this.#run()
  }

  /** The last claim was given back or ended: no more beats. */
  async stop(): Promise<void> {
    this.#stopping.abort('stopping')
    this.#wake()
    await this.#done
  }

  /** Takes a claim into care. `sentAtMs` is the time just before the claim was sent. */
  hold(claim: Claim, sentAtMs: number): HeldClaim {
    const held = new HeldClaim(claim, this.#deadline(sentAtMs))
    this.#held.set(claim.claimId, held)
    this.#wake()
    return held
  }

  /** Lets go of a claim: the turn under it has ended. */
  drop(held: HeldClaim): void {
    this.#held.delete(held.claim.claimId)
  }

  /** All claims in care. */
  held(): readonly HeldClaim[] {
    return [...this.#held.values()]
  }

  /** Whether what looks lost may be taken over (I4). */
  isInTouch(): boolean {
    const nowMs = this.#clock.monotonicMs()
    const waitingMs = this.#beatSentMs === null ? 0 : nowMs - this.#beatSentMs
    const silentMs = this.#failing ? nowMs - this.#lastReachedMs : waitingMs
    return silentMs < this.#settings.leaseMs / 2 && nowMs >= this.#outOfTouchUntilMs
  }

  /** Postgres has answered what was sent at that time. */
  reached(sentAtMs: number): void {
    const nowMs = this.#clock.monotonicMs()
    const silentMs = nowMs - (this.#failing ? this.#lastReachedMs : sentAtMs)
    if (silentMs >= this.#settings.leaseMs / 2) {
      this.#outOfTouchUntilMs = nowMs + this.#settings.heartbeatMs // I4
    }
    this.#failing = false
    this.#lastReachedMs = nowMs
  }

  /** Postgres did not answer, or not as it should. */
  missed(): void {
    this.#failing = true
  }

  #deadline(sentAtMs: number): number {
    const marginMs = this.#settings.leaseMs / 10
    return sentAtMs + this.#settings.leaseMs - marginMs // I1
  }

  async #run(): Promise<void> {
    const { heartbeatMs } = this.#settings
    const tickMs = Math.max(10, Math.floor(heartbeatMs / 6))
    const { signal } = this.#stopping
    let nextBeatMs = this.#clock.monotonicMs() + heartbeatMs
    while (!signal.aborted) {
      await this.#pause(tickMs, nextBeatMs)
      const nowMs = this.#clock.monotonicMs()
      for (const held of this.#held.values()) held.expire(nowMs) // I3
      if (nowMs >= nextBeatMs && this.#beatSentMs === null) {
        nextBeatMs = nowMs + heartbeatMs
        void this.#beat()
      }
    }
  }

  /** A tick. With nothing held there is no deadline to look at before the next beat, unless a claim comes. */
  async #pause(tickMs: number, nextBeatMs: number): Promise<void> {
    const restMs = nextBeatMs - this.#clock.monotonicMs()
    if (this.#held.size > 0 || restMs <= tickMs) {
      return this.#clock.sleep(tickMs, this.#stopping.signal)
    }
    this.#nap = new AbortController()
    await this.#clock.sleep(restMs, this.#nap.signal)
    this.#nap = null
  }

  #wake(): void {
    this.#nap?.abort('there is something to do')
  }

  async #beat(): Promise<void> {
    const sentAtMs = this.#clock.monotonicMs()
    this.#beatSentMs = sentAtMs
    const claims = this.held().map(({ claim: { sagaId, claimId } }) => ({ sagaId, claimId }))
    try {
      const kept = await this.#tasks.heartbeat({ claims, leaseMs: this.#settings.leaseMs })
      // Without claims there was nothing to ask.
      if (claims.length > 0) this.reached(sentAtMs)
      for (const { claimId, wake } of kept) this.#kept(claimId, wake, sentAtMs) // I2
    } catch (error) {
      this.missed()
      this.#logger.warn({ err: error, claims: claims.length }, 'heartbeat failed')
    } finally {
      this.#beatSentMs = null
    }
  }

  #kept(claimId: string, wake: number, sentAtMs: number): void {
    const held = this.#held.get(claimId)
    if (held === undefined) return
    held.extend(this.#deadline(sentAtMs))
    if (wake !== held.wake) this.#onWake(held, wake)
  }
}

/** What a lease keeper needs. */
export interface LeaseKeeperOptions {
  readonly tasks: Pick<TaskStore, 'heartbeat'>
  readonly clock: Clock
  readonly logger: Logger
  readonly settings: WorkerSettings
  /** Somebody outside has asked for something: the journal has a row that the holder has not read. */
  readonly onWake: (held: HeldClaim, wake: number) => void
}
