import type { JournalEntry } from '../core/event.ts'
import type { NamedEntry } from '../ports/saga-store.ts'
import type { ClaimedJournal, KnownRow } from '../ports/task-store.ts'
import { bytesOf, type RememberedSaga } from './saga-memory.ts'

/** Which rows have been folded into a state: what it takes to name the last one, and to say how much there is. */
export class FoldedHere {
  /** Rows whose size nobody has asked for yet. */
  #entries: JournalEntry[]
  #bytes: number
  #last: KnownRow | null

  /** Begins with what was read for a claim, and with what was known before where that was the rest only. */
  constructor(journal: ClaimedJournal, known: RememberedSaga | null) {
    const before = journal.type === 'rest' ? known : null
    this.#entries = [...(journal.type === 'snapshot' ? journal.rows : []), ...journal.entries]
    this.#bytes = before?.bytes ?? 0
    const last = journal.entries.at(-1)
    this.#last = last === undefined ? (before?.row ?? null) : nameOf(last)
  }

  /** One more row. */
  add(entry: NamedEntry): void {
    this.#entries.push(entry)
    this.#last = { seq: entry.seq, appendId: entry.appendId }
  }

  /** The name of the last row; null where it is not known. */
  get lastId(): string | null {
    return this.#last?.appendId ?? null
  }

  /** The name of this row, and how much memory all of them take; null when its name is not known. */
  upTo(seq: number): Pick<RememberedSaga, 'row' | 'bytes'> | null {
    const row = this.#last
    if (row?.seq !== seq) return null
    this.#bytes += bytesOf(this.#entries.flatMap((entry) => entry.events))
    this.#entries = []
    return { row, bytes: this.#bytes }
  }
}

function nameOf({ seq, appendId }: NamedEntry): KnownRow {
  return { seq, appendId }
}
