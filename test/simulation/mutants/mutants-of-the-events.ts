import { isDeepStrictEqual } from 'node:util'
import type {
  CompensationBegan,
  FollowingEvent,
  SagaEvent,
} from '../../../packages/engine/src/core/event.ts'
import type { AppendRecord, AppendResult } from '../../../packages/engine/src/ports/saga-store.ts'
import type { Claim } from '../../../packages/engine/src/ports/task-store.ts'
import type { NodeStore } from '../node-store.ts'
import type { BrokenStore } from './broken-store.ts'

/** Stores that write something else than what they were given: what a core that decides wrongly would have written. */
export const mutantsOfTheEvents: readonly BrokenStore[] = [
  anotherWayBack({
    name: 'undoes-in-order',
    breaks: 'compensations run in the reverse order',
    change: (began) => ({ ...began, steps: began.steps.toReversed() }),
  }),
  anotherWayBack({
    name: 'skips-the-unknown',
    breaks: 'a step of unknown outcome is undone',
    change: (began) => {
      return { ...began, steps: began.steps.filter(({ outcome }) => outcome === 'succeeded') }
    },
  }),
  {
    name: 'waits-for-no-quiet',
    breaks: 'no undo while the action may still be at work',
    methodsOf: (store) => ({
      append: (batch) => store.append(batch.map(withoutQuiet)),
      // Who remembers what was decided would wait all the same.
      claim: (batch) => store.claim(batch.map((record) => ({ ...record, known: null }))),
    }),
  },
  {
    name: 'applies-late-results',
    breaks: 'a result whose claim is lost changes no verdict',
    methodsOf: (store) => ({
      request: (record) => store.request({ ...record, events: record.events.map(inTime) }),
    }),
  },
  {
    name: 'drops-late-results',
    breaks: 'a result whose claim is lost is in the journal',
    methodsOf: (store, now) => ({
      request: async (record) =>
        record.events.some(({ type }) => type === 'late_result')
          ? { applied: true, seq: 1, at: now(), woken: [] }
          : store.request(record),
    }),
  },
  {
    name: 'drops-lease-lost',
    breaks: 'a takeover is in the journal',
    methodsOf: (store) => ({
      takeOver: async (search) => {
        return (await store.takeOver(search)).map(unread)
      },
      readJournal: async (sagaId, afterSeq) =>
        (await store.readJournal(sagaId, afterSeq)).map(untold),
    }),
  },
  {
    name: 'overwrites-the-failure',
    breaks: 'the first failure is kept',
    methodsOf: (store) => ({
      append: (batch) =>
        store.append(
          batch.map((record) => {
            const { row } = record
            if (row === null || row.failure === null) return record
            const failure = { ...row.failure, code: 'another' }
            return { ...record, row: { ...row, failure } }
          }),
        ),
    }),
  },
]

/** Another list of what to undo is in the journal than was decided; who decided it reads that as everybody else does. */
export function anotherWayBack(broken: {
  readonly name: string
  readonly breaks: string
  readonly change: (began: CompensationBegan) => CompensationBegan
}): BrokenStore {
  const { name, breaks, change } = broken
  const changed = (event: SagaEvent): SagaEvent =>
    event.type === 'compensation_began' ? change(event) : event
  const append = async (store: NodeStore, record: AppendRecord): Promise<AppendResult> => {
    const events = record.events.map(changed)
    const appendId = `${record.appendId} changed`
    // Whoever has branches beside it must change their tasks in the same row.
    const isAlone = record.task.type !== 'settle'
    const isOther = isAlone && !isDeepStrictEqual(events, record.events)
    const other: AppendRecord = { ...record, events, appendId, task: { type: 'keep' } }
    const results = await store.append([isOther ? other : record])
    return isOther ? { applied: false } : (results[0] ?? { applied: false })
  }
  return {
    name,
    breaks,
    methodsOf: (store) => ({
      append: (batch) => Promise.all(batch.map((record) => append(store, record))),
    }),
  }
}

function withoutQuiet(record: AppendRecord): AppendRecord {
  const { task } = record
  const events = record.events.map((event) =>
    event.type === 'action_failed' ? { ...event, quietAfterMs: 0 } : event,
  )
  if (task.type !== 'replace') return { ...record, events }
  return { ...record, events, task: { ...task, next: { ...task.next, delayMs: 0 } } }
}

function inTime(event: FollowingEvent | SagaEvent): SagaEvent {
  if (event.type !== 'late_result' || event.kind !== 'action') return event
  const { branch, step, attempt, outcome } = event
  if (outcome.status !== 'succeeded') return event
  return { type: 'action_succeeded', branch, step, attempt, output: outcome.output }
}

function untold<Row extends { readonly events: readonly SagaEvent[] }>(row: Row): Row {
  return { ...row, events: row.events.filter(({ type }) => type !== 'lease_lost') }
}

function unread(claim: Claim): Claim {
  const { journal } = claim
  if (journal.type !== 'whole') return claim
  return { ...claim, journal: { type: 'whole', entries: journal.entries.map(untold) } }
}
