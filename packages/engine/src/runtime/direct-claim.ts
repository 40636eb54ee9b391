import type { Clock } from '../ports/clock.ts'
import type { Ids } from '../ports/ids.ts'
import type { Logger } from '../ports/logger.ts'
import type { Claim, OverdueTask, TaskStore } from '../ports/task-store.ts'
import { claimUntilAnswered } from './claim-until-answered.ts'
import type { RememberedSaga } from './saga-memory.ts'
import type { Slots } from './slots.ts'

/** What it takes to claim tasks straight from Postgres. */
export interface DirectClaimPorts {
  readonly tasks: Pick<TaskStore, 'findOverdue' | 'claim'>
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
  readonly slots: Slots
  readonly leaseMs: number
  /** Aborted when nobody waits for Postgres any more. */
  readonly signal: AbortSignal
  /** What this process knows of a saga. */
  readonly recall: (sagaId: string) => RememberedSaga | null
  /** Runs a claim in a slot that was taken for it; `known` is what the claim named as that. */
  readonly run: (claim: Claim, sentAtMs: number, known: RememberedSaga | null) => void
  /** Told of all tasks that are overdue, when a search had room for more. */
  readonly onFound: (found: readonly OverdueTask[]) => void
  /** Told how many of them were granted. */
  readonly onClaimed: (claims: number) => void
}

/** Where to look, and for how long to wait for a slot. */
export interface DirectSearch {
  readonly queues: readonly string[]
  /** Also tasks that would be left to the queue for so long. */
  readonly earlyMs: number
  readonly until: AbortSignal
}

/** What a search came to. */
export interface DirectClaims {
  readonly claimed: number
  /** Whether it found as many tasks as there was room for: there may be more. */
  readonly isFull: boolean
}

/** As many tasks as one search takes at most. */
export const searchLimit = 100

const nothing: DirectClaims = { claimed: 0, isFull: false }

/**
 * Looks for due tasks of these queues now, claims as many as there are free slots, and runs them. With no slot free it waits
 * in front for one, until that is aborted. The one way to a task that no hint has brought, and no takeover.
 */
export async function claimDue(
  ports: DirectClaimPorts,
  { queues, earlyMs, until }: DirectSearch,
): Promise<DirectClaims> {
  const { tasks, ids, leaseMs, recall } = ports
  const reserved = await reserve(ports, until)
  if (reserved === 0) return nothing
  let sentAtMs = 0
  let found = 0
  const known = new Map<string, RememberedSaga | null>()
  const claims = await settled(ports, reserved, async () => {
    const due = await tasks.findOverdue({ queues, limit: reserved, earlyMs })
    found = due.length
    if (earlyMs === 0 && found < reserved) ports.onFound(due)
    if (found === 0) return []
    const batch = due.map(({ sagaId, branch, nonce }) => {
      const claimId = ids.unique()
      const recalled = recall(sagaId)
      known.set(claimId, recalled)
      return { sagaId, branch, nonce, claimId, leaseMs, known: recalled?.row ?? null }
    })
    const granted = await claimUntilAnswered(ports, batch)
    sentAtMs = granted.sentAtMs
    return granted.claims
  })
  ports.onClaimed(claims.length)
  for (const claim of claims) ports.run(claim, sentAtMs, known.get(claim.claimId) ?? null)
  return { claimed: claims.length, isFull: found === reserved }
}

/** Takes free slots before the search, so that hints that come meanwhile cannot be promised the same ones. */
export async function reserve(
  { slots }: Pick<DirectClaimPorts, 'slots'>,
  until: AbortSignal,
): Promise<number> {
  let reserved = (await slots.enterFirst(until)) ? 1 : 0
  while (reserved > 0 && reserved < searchLimit && slots.tryEnter()) reserved += 1
  return reserved
}

/** Gives back the slots that the search did not need; all of them when it failed. */
export async function settled(
  { slots }: Pick<DirectClaimPorts, 'slots'>,
  reserved: number,
  search: () => Promise<readonly Claim[]>,
): Promise<readonly Claim[]> {
  let claims: readonly Claim[] = []
  try {
    claims = await search()
    return claims
  } finally {
    for (let unused = reserved - claims.length; unused > 0; unused -= 1) slots.leave()
  }
}
