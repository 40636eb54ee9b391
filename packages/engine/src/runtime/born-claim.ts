import type { Claim } from '../ports/task-store.ts'
import type { BornTask } from './local-workers.ts'

/** What a claim of a task that was born with its holder would have been answered with. */
export function bornClaim({ hint, entry }: BornTask, claimId: string): Claim {
  const { sagaId, branch, queue } = hint
  const journal = { type: 'whole', entries: [entry] } as const
  return { sagaId, branch, queue, claimId, wake: 0, now: entry.at, journal }
}
