import type { AppendRecord } from '../ports/saga-store.ts'
import type { StatementResult, StepTransaction } from '../ports/step-transaction.ts'
import type { CommitResult, OpenTransaction } from '../ports/transactional-store.ts'
import { appendEvents } from './append-events.ts'
import type { MemoryTables } from './memory-tables.ts'

/** A statement as a handler gave it. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/**
 * A transaction in memory. There is no SQL here: what the handler says is kept with the commit, and answered with no rows.
 */
export class MemoryTransaction implements OpenTransaction {
  readonly handle: StepTransaction
  readonly #tables: MemoryTables
  readonly #committed: Statement[]
  readonly #said: Statement[] = []
  #open = true
  #shut = false

  constructor(tables: MemoryTables, committed: Statement[]) {
    this.#tables = tables
    this.#committed = committed
    this.handle = { query: (text, values = []) => this.#query(text, values) }
  }

  async commit(record: AppendRecord): Promise<CommitResult> {
    this.#shut = true
    if (!this.#open) return { status: 'rolled_back', cause: new RangeError('It was rolled back.') }
    try {
      const [result] = appendEvents(this.#tables, [record])
      if (result?.applied !== true) return { status: 'behind' }
      this.#open = false
      this.#committed.push(...this.#said)
      return { status: 'committed', at: result.at }
    } catch (cause) {
      this.#open = false
      return { status: 'rolled_back', cause }
    }
  }

  async rollback(): Promise<void> {
    this.#open = false
    this.#shut = true
  }

  async #query<Row>(text: string, values: readonly unknown[]): Promise<StatementResult<Row>> {
    if (this.#shut) throw new RangeError('The handler has ended, and its transaction with it.')
    this.#said.push({ text, values })
    return { command: 'SELECT', rowCount: 0, rows: [] }
  }
}
