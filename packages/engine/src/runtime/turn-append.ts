import type { Plan } from '../core/plan.ts'
import { dueSnapshot } from '../core/snapshot.ts'
import type { SagaState } from '../core/state.ts'
import type { Ids } from '../ports/ids.ts'
import type { AppendRecord, TaskChange } from '../ports/saga-store.ts'
import type { Advance } from './advance.ts'
import type { HeldClaim } from './held-claim.ts'
import { rowChange } from './row-change.ts'
import type { WorkerSettings } from './settings.ts'

/** A decision on the way into the journal. */
export interface Deciding {
  readonly next: Advance
  readonly state: SagaState
  readonly held: HeldClaim
  readonly plan: Plan
  /** The name of the last row that was folded, where it is known. */
  readonly afterId: string | null
}

/** The one statement that makes a decision stand: its events, what becomes of the task, and the saga's row. */
export function appendRecord(
  ports: { readonly ids: Ids; readonly settings: WorkerSettings },
  { next, state, held, plan, afterId }: Deciding,
): AppendRecord {
  return {
    sagaId: state.sagaId,
    seq: state.seq + 1,
    appendId: ports.ids.unique(),
    afterId,
    events: next.events,
    task: taskChange(ports, next, held),
    row: rowChange(plan, state, next.events),
    snapshot: dueSnapshot(plan, state),
  }
}

function taskChange(
  { ids, settings }: { readonly ids: Ids; readonly settings: WorkerSettings },
  { command, stays }: Advance,
  held: HeldClaim,
): TaskChange {
  const { claimId, branch } = held.claim
  if (stays) return { type: 'keep' }
  switch (command.type) {
    case 'halt':
    case 'complete':
      return { type: 'remove', branch, claimId }
    case 'run_action':
    case 'run_probe':
    case 'run_compensation': {
      const { queue, delayMs } = command
      // A delayed task has no hint on its way: the sweep is what finds it, as soon as it may run.
      const dispatchGraceMs = delayMs > 0 ? 0 : settings.dispatchGraceMs
      const next = { branch, queue, nonce: ids.nonce(), delayMs, dispatchGraceMs }
      return { type: 'replace', claimId, next }
    }
  }
}
