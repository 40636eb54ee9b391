import type { Claim } from '../ports/task-store.ts'
import { Stop, type AbortReason } from './stop.ts'

/**
 * A claim in this process's hand. It is good until its local deadline, which is reckoned from the moment before the claim
 * or heartbeat was sent, on a clock that never jumps: so it ends here before it can end in Postgres.
 */
export class HeldClaim {
  readonly claim: Claim
  /** Told when the handler at work has to stop. */
  readonly stop: Stop = new Stop()
  #deadlineMs: number
  #wake: number

  constructor(claim: Claim, deadlineMs: number) {
    this.claim = claim
    this.#deadlineMs = deadlineMs
    this.#wake = claim.wake
  }

  /** The count of wake-ups that has been read up to. */
  get wake(): number {
    return this.#wake
  }

  /** Whether a handler may be started under this claim. */
  isCurrent(nowMs: number): boolean {
    return this.stop.reason === null && nowMs < this.#deadlineMs
  }

  /** A heartbeat got through. */
  extend(deadlineMs: number): void {
    this.#deadlineMs = Math.max(this.#deadlineMs, deadlineMs)
  }

  /** The journal was read up to this count of wake-ups. */
  readUpTo(wake: number): void {
    this.#wake = wake
  }

  /** Tells the handler at work to stop. The first reason stays. */
  abort(reason: AbortReason): void {
    this.stop.tell(reason)
  }

  /** Gives the claim up if its time is over. */
  expire(nowMs: number): void {
    if (nowMs >= this.#deadlineMs) this.abort('lease_lost')
  }
}
