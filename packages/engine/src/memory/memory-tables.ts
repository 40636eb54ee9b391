import type { JournalEntry } from '../core/event.ts'
import type { SagaSnapshot } from '../core/snapshot.ts'
import type { StoredDefinition } from '../ports/definition-store.ts'
import type { Ids } from '../ports/ids.ts'
import type { QueueLimits } from '../ports/queue-store.ts'
import type { Pause } from '../ports/pause-store.ts'
import type { SagaRow } from '../ports/saga-queries.ts'
import type { NamedEntry, NewTask } from '../ports/saga-store.ts'
import { storableCopy } from './storable-copy.ts'

/** A journal row with the name of the append that wrote it. */
export interface JournalRow extends JournalEntry {
  readonly appendId: string
  /** Of the state before the row; null in most. */
  readonly snapshot: SagaSnapshot | null
}

/** A task as it is stored. Times are milliseconds since 1970. */
export interface StoredTask {
  readonly sagaId: string
  readonly branch: string
  readonly queue: string
  readonly nonce: string
  readonly claim: { readonly claimId: string; readonly leaseUntil: number } | null
  readonly deliveries: number
  readonly runAt: number
  readonly dueAt: number
  /** The journal row whose append last wrote the task. */
  readonly atSeq: number
  readonly wake: number
}

/** A key that is taken, and what it was taken with. */
export interface TakenKey {
  readonly sagaId: string
  readonly inputHash: string | null
}

/** A plan and when it came. */
export interface DefinitionRow extends StoredDefinition {
  readonly registeredAt: number
}

/** A queue that something was said about. `tokens` is what was in its bucket at `refilledAt`. */
export interface QueueRow {
  readonly limits: QueueLimits
  readonly tokens: number
  readonly refilledAt: number
}

/** The task that a claim was granted for. */
export interface SlotHolder {
  readonly sagaId: string
  readonly branch: string
}

/** Where the tables get their time and the names that a store makes up by itself. */
export interface MemorySources {
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly ids: Pick<Ids, 'unique' | 'nonce'>
}

/**
 * The rows of a memory store. A method of the store runs without a break on them, so each is its own transaction. Rows
 * are replaced, never changed, and hold nothing that a caller could still reach.
 */
export class MemoryTables {
  readonly sagas: Map<string, SagaRow> = new Map()
  readonly keys: Map<string, TakenKey> = new Map()
  readonly definitions: Map<string, DefinitionRow> = new Map()
  readonly queues: Map<string, QueueRow> = new Map()
  /** By kind, name and version. */
  readonly pauses: Map<string, Pause> = new Map()
  readonly #journal = new Map<string, JournalRow[]>()
  readonly #slots = new Map<string, Map<string, SlotHolder>>()
  readonly #tasks = new Map<string, Map<string, StoredTask>>()
  readonly #sources: MemorySources

  constructor(sources: MemorySources) {
    this.#sources = sources
  }

  now(): number {
    return this.#sources.now()
  }

  get ids(): Pick<Ids, 'unique' | 'nonce'> {
    return this.#sources.ids
  }

  /** The slots of a queue that were taken, by the claims that took them: they may be over by now. */
  slotsOf(queue: string): Map<string, SlotHolder> {
    const slots = this.#slots.get(queue) ?? new Map<string, SlotHolder>()
    this.#slots.set(queue, slots)
    return slots
  }

  /** Number of the saga's last journal row; 0 when there is none. */
  head(sagaId: string): number {
    return this.#journal.get(sagaId)?.length ?? 0
  }

  journalRow(sagaId: string, seq: number): JournalRow | undefined {
    return this.#journal.get(sagaId)?.[seq - 1]
  }

  /** The row that an append of this name wrote, if there is one. */
  findAppended(sagaId: string, appendId: string): JournalRow | undefined {
    return this.#journal.get(sagaId)?.find((row) => row.appendId === appendId)
  }

  /** Copies of the rows after that one. */
  entriesAfter(sagaId: string, seq: number): readonly NamedEntry[] {
    const rows = this.#journal.get(sagaId)?.slice(seq) ?? []
    return rows.map(({ appendId, ...row }) => {
      return storableCopy({ seq: row.seq, at: row.at, events: row.events, appendId })
    })
  }

  /** Adds a row behind the head, under the time of now. The events are the table's from here on. */
  addJournalRow(
    sagaId: string,
    row: Pick<JournalRow, 'appendId' | 'events'> & Partial<Pick<JournalRow, 'snapshot'>>,
  ): JournalRow {
    const { appendId, events, snapshot = null } = row
    const added = { seq: this.head(sagaId) + 1, at: this.now(), appendId, events, snapshot }
    const rows = this.#journal.get(sagaId)
    if (rows === undefined) this.#journal.set(sagaId, [added])
    else rows.push(added)
    return added
  }

  /** The saga's tasks, by branch. */
  tasksOf(sagaId: string): readonly StoredTask[] {
    const tasks = this.#tasks.get(sagaId)?.values() ?? []
    return [...tasks].toSorted((a, b) => compareText(a.branch, b.branch))
  }

  task(sagaId: string, branch: string): StoredTask | undefined {
    return this.#tasks.get(sagaId)?.get(branch)
  }

  /** Every task there is, by saga and branch. */
  allTasks(): readonly StoredTask[] {
    const sagaIds = [...this.#tasks.keys()].toSorted(compareText)
    return sagaIds.flatMap((sagaId) => this.tasksOf(sagaId))
  }

  /** Writes a task in the place of the one of its saga and branch, if there is one. */
  putTask(task: StoredTask): void {
    const tasks = this.#tasks.get(task.sagaId)
    if (tasks === undefined) this.#tasks.set(task.sagaId, new Map([[task.branch, task]]))
    else tasks.set(task.branch, task)
  }

  removeTask(task: StoredTask): void {
    const tasks = this.#tasks.get(task.sagaId)
    tasks?.delete(task.branch)
    if (tasks?.size === 0) this.#tasks.delete(task.sagaId)
  }

  removeTasksOf(sagaId: string): void {
    this.#tasks.delete(sagaId)
  }
}

/** A task that nobody has claimed yet, as the append at `atSeq` makes it. */
export function unclaimedTask(
  sagaId: string,
  next: NewTask,
  made: { readonly atSeq: number; readonly at: number },
): StoredTask {
  const { branch, queue, nonce, delayMs, dispatchGraceMs } = next
  const runAt = made.at + delayMs
  return {
    sagaId,
    branch,
    queue,
    nonce,
    claim: null,
    deliveries: 0,
    runAt,
    dueAt: runAt + dispatchGraceMs,
    atSeq: made.atSeq,
    wake: 0,
  }
}

/** A task whose holder is to read on, as the append at `atSeq` leaves it: due at once where nobody holds it. */
export function wokenTask(
  task: StoredTask,
  { atSeq, at }: { readonly atSeq: number; readonly at: number },
): StoredTask {
  const { claim, wake, runAt, dueAt } = task
  const due = claim === null ? at : dueAt
  return { ...task, wake: wake + 1, atSeq, runAt: Math.min(runAt, at), dueAt: due }
}

/** The order of text by code units, which for ids is the order of Postgres. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
