import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Claim, ClaimRecord, TaskStore } from '../ports/task-store.ts'
import { untilAnswered } from './until-answered.ts'

/** What it takes to claim. */
export interface ClaimPorts {
  readonly tasks: Pick<TaskStore, 'claim'>
  readonly clock: Clock
  readonly logger: Logger
  readonly leaseMs: number
  /** Aborted when trying again is to end. */
  readonly signal: AbortSignal
}

/** What was granted, and the time just before the request that was answered. */
export interface GrantedClaims {
  readonly claims: readonly Claim[]
  readonly sentAtMs: number
}

/**
 * Claims tasks. A claim whose reply was lost may stand: it is asked for again under the same name, which costs nothing,
 * where giving it up would leave a task that nobody works on until its lease is over. After a lease that is so anyway.
 *
 * @throws BackstepError `DATABASE_UNAVAILABLE` when Postgres has not answered for as long as a lease
 */
export function claimUntilAnswered(
  { tasks, clock, logger, leaseMs, signal }: ClaimPorts,
  batch: readonly ClaimRecord[],
): Promise<GrantedClaims> {
  const giveUpAtMs = clock.monotonicMs() + leaseMs
  let sentAtMs = 0
  const claim = (): Promise<readonly (Claim | null)[]> => {
    sentAtMs = clock.monotonicMs()
    return tasks.claim(batch)
  }
  return untilAnswered(claim, { clock, logger, signal, giveUpAtMs }).then((found) => ({
    claims: found.filter((granted) => granted !== null),
    sentAtMs,
  }))
}
