import type { SagaEvent } from '../../../packages/engine/src/core/event.ts'
import type {
  AppendRecord,
  NamedEntry,
  SettleBranches,
} from '../../../packages/engine/src/ports/saga-store.ts'
import type { BrokenStore } from './broken-store.ts'

/** Stores that lose sight of branches. */
export const mutantsOfTheForks: readonly BrokenStore[] = [
  otherBranches({
    name: 'opens-no-branches',
    breaks: 'every branch at work has a task',
    change: (settle) => ({ ...settle, next: [] }),
  }),
  otherBranches({
    name: 'keeps-abandoned-branches',
    breaks: 'a branch that nobody waits for has no task',
    change: (settle) => ({ ...settle, dropped: [] }),
  }),
  otherBranches({
    name: 'settles-one-branch',
    breaks: 'all branches that have ended in a row lose their tasks with it',
    change: (settle) => ({ ...settle, claims: settle.claims.slice(0, 1) }),
  }),
  {
    name: 'tells-one-loss',
    breaks: 'each of several branches that are taken over together is told of',
    methodsOf: (store) => ({
      readJournal: async (sagaId, afterSeq) =>
        (await store.readJournal(sagaId, afterSeq)).map(withOneLoss),
    }),
  },
  {
    name: 'swaps-items',
    breaks: 'a verdict is on the item that it was given for',
    methodsOf: (store) => ({
      append: (batch) =>
        store.append(batch.map((record) => ({ ...record, events: record.events.map(ofTheFirst) }))),
    }),
  },
]

function otherBranches(broken: {
  readonly name: string
  readonly breaks: string
  readonly change: (settle: SettleBranches) => SettleBranches
}): BrokenStore {
  const { name, breaks, change } = broken
  const changed = (record: AppendRecord): AppendRecord => {
    const { task } = record
    return task.type === 'settle' ? { ...record, task: change(task) } : record
  }
  return {
    name,
    breaks,
    methodsOf: (store) => ({ append: (batch) => store.append(batch.map(changed)) }),
  }
}

function withOneLoss(row: NamedEntry): NamedEntry {
  return { ...row, events: row.events.filter(isFirstLoss) }
}

function isFirstLoss(event: SagaEvent, place: number, events: readonly SagaEvent[]): boolean {
  return (
    event.type !== 'lease_lost' || events.findIndex(({ type }) => type === event.type) === place
  )
}

function ofTheFirst(event: SagaEvent): SagaEvent {
  if (event.type !== 'compensation_succeeded') return event
  return { ...event, step: event.step.replace(/\[\d+\]$/, '[0]') }
}
