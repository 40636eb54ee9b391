import type { JournalEntry, SagaEvent, SagaStarted } from './event.ts'
import { leaseLostFailure, type Failure, type SagaFailure } from './failure.ts'
import type { JsonValue } from './json.ts'
import type { FailurePair, FailureSeqs } from './step-fields.ts'

/** The handler of a step, in one direction. */
export interface HandlerName {
  readonly step: string
  readonly kind: 'action' | 'probe' | 'compensation'
}

/** The journal rows that a snapshot names, asked for what it leaves to them. */
export class SnapshotRows {
  readonly #sagaId: string
  readonly #rows: ReadonlyMap<number, JournalEntry>

  constructor(sagaId: string, rows: readonly JournalEntry[]) {
    this.#sagaId = sagaId
    this.#rows = new Map(rows.map((row) => [row.seq, row]))
  }

  /** How the saga was started. */
  start(): SagaStarted {
    return this.#first(1, (event) => (event.type === 'saga_started' ? [event] : []))
  }

  /** When that row was written. */
  timeOf(seq: number): number {
    return this.#row(seq).at
  }

  /** Why the saga turned back; null for row 0. */
  cause(seq: number): SagaFailure | null {
    if (seq === 0) return null
    return this.#first(seq, (event) => (event.type === 'compensation_began' ? [event.failure] : []))
  }

  /** What the action of a step returned in that row. */
  output(seq: number, step: string): JsonValue {
    return this.#last(seq, (event) =>
      event.type === 'action_succeeded' && event.step === step ? [event.output] : [],
    )
  }

  /** The failures of a handler that these rows tell; null for row 0. */
  failures(seqs: FailureSeqs, handler: HandlerName): FailurePair {
    const read = (event: SagaEvent): readonly Failure[] => failureOf(event, handler)
    return {
      first: seqs.first === 0 ? null : this.#first(seqs.first, read),
      last: seqs.last === 0 ? null : this.#last(seqs.last, read),
    }
  }

  #first<Fact>(seq: number, read: Reading<Fact>): Fact {
    return this.#found(seq, this.#row(seq).events.flatMap(read)[0])
  }

  #last<Fact>(seq: number, read: Reading<Fact>): Fact {
    return this.#found(seq, this.#row(seq).events.flatMap(read).at(-1))
  }

  #found<Fact>(seq: number, fact: Fact | undefined): Fact {
    if (fact !== undefined) return fact
    throw new RangeError(
      `Row ${seq} in the journal of saga ${this.#sagaId} does not tell what its snapshot says.`,
    )
  }

  #row(seq: number): JournalEntry {
    const row = this.#rows.get(seq)
    if (row !== undefined) return row
    throw new RangeError(`Row ${seq} in the journal of saga ${this.#sagaId} was not read.`)
  }
}

/** What an event has of one kind of fact: at most one. */
type Reading<Fact> = (event: SagaEvent) => readonly Fact[]

function failureOf(event: SagaEvent, { step, kind }: HandlerName): readonly Failure[] {
  // It names no step: it is the verdict on whatever the branch was doing.
  if (event.type === 'lease_lost') return [leaseLostFailure]
  if (!('failure' in event && 'step' in event) || event.step !== step) return []
  return kindOfFailed.get(event.type) === kind ? [event.failure] : []
}

const kindOfFailed: ReadonlyMap<SagaEvent['type'], HandlerName['kind']> = new Map([
  ['action_failed', 'action'],
  ['action_rejected', 'action'],
  ['probe_failed', 'probe'],
  ['compensation_failed', 'compensation'],
])
