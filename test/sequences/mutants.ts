import { PostgresStore } from '@backstep/engine/postgres'

import type { SagaEvent } from '../../packages/engine/src/core/event.ts'
import type {
  AppendRecord,
  AppendResult,
  RequestRecord,
  RequestResult,
} from '../../packages/engine/src/ports/saga-store.ts'

/** The decision to go back leaves out what was done first. */
export class ForgetfulStore extends PostgresStore {
  override append(batch: readonly AppendRecord[]): Promise<readonly AppendResult[]> {
    return super.append(
      batch.map((record) => ({ ...record, events: record.events.map(withoutLastUndo) })),
    )
  }
}

function withoutLastUndo(event: SagaEvent): SagaEvent {
  if (event.type !== 'compensation_began' || event.steps.length < 2) return event
  return { ...event, steps: event.steps.slice(0, -1) }
}

/** Steps are undone in the order in which they were done. */
export class ForwardStore extends PostgresStore {
  override append(batch: readonly AppendRecord[]): Promise<readonly AppendResult[]> {
    return super.append(batch.map((record) => ({ ...record, events: record.events.map(reversed) })))
  }
}

function reversed(event: SagaEvent): SagaEvent {
  return event.type === 'compensation_began' ? { ...event, steps: event.steps.toReversed() } : event
}

/** What people ask for gets lost, and they are told that it did not. */
export class DeafStore extends PostgresStore {
  override async request(record: RequestRecord): Promise<RequestResult> {
    const { length } = await this.readJournal(record.sagaId, 0)
    return { applied: true, seq: length + 1, at: 0, woken: [] }
  }
}

/** A task that passes on keeps the saga's, but is not made: the turn's last row takes it away. */
export class StallingStore extends PostgresStore {
  override append(batch: readonly AppendRecord[]): Promise<readonly AppendResult[]> {
    return super.append(
      batch.map((record) => {
        const { task } = record
        if (task.type !== 'replace' || task.next.delayMs === 0) return record
        return { ...record, task: { type: 'remove', branch: 'main', claimId: task.claimId } }
      }),
    )
  }
}
