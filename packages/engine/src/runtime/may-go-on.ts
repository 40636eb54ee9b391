import { branchOf, isAlive, isAtWork } from '../core/state-patch.ts'
import type { SagaState } from '../core/state.ts'
import type { HeldClaim } from './held-claim.ts'

/** Whether a claim is on a branch that is at work, and not on a former one of the same path. */
export function mayGoOn(state: SagaState, { claim }: HeldClaim): boolean {
  if (!isAlive(state) || !isAtWork(state, claim.branch)) return false
  return branchOf(state, claim.branch).openedSeq <= headOf(claim)
}

/** The last row that a claim has brought, or knew of. */
function headOf({ journal }: HeldClaim['claim']): number {
  return journal.entries.at(-1)?.seq ?? (journal.type === 'rest' ? journal.after : 0)
}
