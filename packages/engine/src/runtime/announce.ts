import type { SagaEvent } from '../core/event.ts'
import type { Plan } from '../core/plan.ts'
import type { SagaState } from '../core/state.ts'
import type { AppendRecord, NewTask, TaskChange } from '../ports/saga-store.ts'
import type { TurnPorts } from './turn-ports.ts'

/** A row that is in the journal. */
export interface Appended {
  readonly plan: Plan
  /** With the row folded in. */
  readonly state: SagaState
  readonly record: AppendRecord
  readonly at: number
}

/** Tells the queue of the next tasks, and whoever waits of an end. */
export function announce(
  ports: Pick<TurnPorts, 'hints' | 'observer' | 'onEnded' | 'logger'>,
  { plan, state, record, at }: Appended,
): void {
  const { sagaId, task, row } = record
  const due = tasksMade(task).filter(({ delayMs }) => delayMs === 0)
  if (due.length > 0) {
    ports.hints.send(due.map(({ branch, queue, nonce }) => ({ sagaId, branch, queue, nonce })))
  }
  const { name, version } = plan
  const fields = { sagaId, saga: name }
  if (plan.deadlineMs !== undefined && record.events.some(isDeadline)) {
    ports.observer.deadlinePassed({ saga: name })
    ports.logger.warn({ ...fields, status: state.status }, 'the deadline of a saga has passed')
  }
  if (row === null || row.status === 'running' || row.status === 'compensating') return
  ports.observer.sagaSettled({ saga: name, status: row.status })
  if (row.status === 'stuck') {
    const { stuckCode: code, stuckStep } = row
    ports.logger.error({ ...fields, code, stuckStep }, 'saga is stuck')
    return
  }
  ports.logger.info({ ...fields, status: row.status }, 'saga ended')
  const { key, startedAt } = state
  ports.onEnded({ sagaId, name, version, key, paused: false, ...row, startedAt, changedAt: at })
}

function isDeadline({ type }: SagaEvent): boolean {
  return type === 'deadline_passed'
}

/** The tasks that a change makes. */
function tasksMade(change: TaskChange): readonly NewTask[] {
  switch (change.type) {
    case 'replace':
      return [change.next]
    case 'settle':
    case 'create':
      return change.next
    case 'keep':
    case 'remove':
    case 'none':
    case 'drop':
      return []
  }
}
