import { sql, type Transaction } from 'kysely'
import type { AppendRecord } from '../ports/saga-store.ts'
import type { StatementResult, StepTransaction } from '../ports/step-transaction.ts'
import type {
  CommitResult,
  OpenTransaction,
  TransactionLimits,
} from '../ports/transactional-store.ts'
import { appendPlain, type AppendedRow } from './queries/append-plain.ts'
import { appendWithTasks } from './queries/append-with-tasks.ts'
import { jsonText, type SqlExecutor } from './sql-executor.ts'
import { sqlStateOf } from './sql-state.ts'
import { engineTimeoutMs, type TransactionClient } from './transaction-client.ts'

/**
 * A transaction that a handler works in and that ends with its verdict.
 *
 * I1. The append is the last thing before the commit, and a lost race for it spoils nothing: `on conflict do nothing`.
 * I2. Between the two others may wait for the row, so a process that freezes there holds it for two seconds at most.
 * I3. Settings are local to the transaction, so that a pooler may hand the connection to anybody afterwards.
 * I4. If the commit was never sent, nothing stands. If it was sent and nothing came back, nobody here knows.
 */
export class PostgresTransaction implements OpenTransaction {
  readonly handle: PostgresStepTransaction
  readonly #client: TransactionClient
  readonly #executor: SqlExecutor
  readonly #limits: TransactionLimits
  readonly #token: string

  private constructor(client: TransactionClient, parts: TransactionParts) {
    this.#client = client
    this.#executor = { db: client.engineKysely(), schema: parts.schema }
    this.#limits = parts.limits
    this.#token = parts.token
    this.handle = new PostgresStepTransaction(client, parts.kysely)
  }

  /** Begins on a connection, which it gives back in the end, or at once when it cannot begin. */
  static async begin(
    client: TransactionClient,
    options: BeginOptions,
  ): Promise<PostgresTransaction> {
    try {
      const builder = client.handlerKysely().startTransaction()
      const kysely = await builder.setIsolationLevel('read committed').execute()
      const transaction = new PostgresTransaction(client, { ...options, kysely })
      await transaction.#set(options.limits)
      client.begun()
      return transaction
    } catch (error) {
      client.release(true)
      throw error
    }
  }

  async commit(record: AppendRecord): Promise<CommitResult> {
    this.#client.shut()
    let row: AppendedRow | undefined
    try {
      await this.#assertUnbroken()
      row = await this.#append(record)
      // I2 is for a row that others may wait for. Without one, there is time to decide again.
      if (row === undefined) await this.#set(this.#limits)
    } catch (cause) {
      await this.rollback()
      return { status: 'rolled_back', cause }
    }
    return row === undefined ? { status: 'behind' } : this.#commit(row)
  }

  async rollback(): Promise<void> {
    this.#client.shut()
    try {
      if (this.#client.isUsable) await this.#client.send('rollback', [], engineTimeoutMs)
    } catch {
      // The connection is closed then, and the server rolls back by itself.
    } finally {
      this.#client.release()
    }
  }

  async #commit({ at }: AppendedRow): Promise<CommitResult> {
    try {
      const { command } = await this.#client.send('commit', [], engineTimeoutMs)
      this.#client.release()
      if (command === 'COMMIT') return { status: 'committed', at }
      return {
        status: 'rolled_back',
        cause: new Error(`Postgres answered ${command} to a commit.`),
      }
    } catch (cause) {
      this.#client.release(true)
      return { status: isRefusal(cause) ? 'rolled_back' : 'unknown', cause }
    }
  }

  async #append(record: AppendRecord): Promise<AppendedRow | undefined> {
    const plain = record.task.type === 'keep' && record.row === null
    const statement = plain ? appendPlain : appendWithTasks
    const rows = [{ record, eventsText: jsonText(record.events) }]
    return (await statement(this.#executor, rows, null))[0] // I1
  }

  /** A handler that ended the transaction by itself took our settings with it: what it did is not for us to commit. */
  async #assertUnbroken(): Promise<void> {
    const { rows } = await sql<{ readonly token: string | null }>`
      select current_setting('backstep.transaction', true) as token,
        set_config('statement_timeout', ${String(engineTimeoutMs)}, true),
        set_config('lock_timeout', '0', true),
        set_config('idle_in_transaction_session_timeout', ${String(idleBeforeCommitMs)}, true)
    `.execute(this.#executor.db)
    if (rows[0]?.token === this.#token) return
    throw new Error(
      'The handler ended its transaction by itself, so its effects are not tied to its verdict.',
    )
  }

  /** I3. */
  async #set({ statementMs, idleMs }: TransactionLimits): Promise<void> {
    await sql`
      select set_config('backstep.transaction', ${this.#token}, true),
        set_config('statement_timeout', ${milliseconds(statementMs)}, true),
        set_config('lock_timeout', ${milliseconds(statementMs)}, true),
        set_config('idle_in_transaction_session_timeout', ${milliseconds(idleMs)}, true)
    `.execute(this.#executor.db)
  }
}

/** How a transaction is begun. */
export interface BeginOptions {
  readonly schema: string
  readonly limits: TransactionLimits
  /** Fresh: tells this transaction from one that the handler might begin in its place. */
  readonly token: string
}

interface TransactionParts extends BeginOptions {
  readonly kysely: Transaction<unknown>
}

/** What a handler gets of it. */
export class PostgresStepTransaction implements StepTransaction {
  readonly #client: TransactionClient
  /** The same transaction for Kysely. */
  readonly kysely: Transaction<unknown>

  constructor(client: TransactionClient, kysely: Transaction<unknown>) {
    this.#client = client
    this.kysely = kysely
  }

  async query<Row = Readonly<Record<string, unknown>>>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<StatementResult<Row>> {
    const { command, rowCount, rows } = await this.#client.handle(text, values)
    return { command, rowCount, rows }
  }
}

/** How long a transaction may be idle between append and commit (I2). */
const idleBeforeCommitMs = 2_000

/** As a setting: whole, at least one (none would mean no limit), and no more than Postgres takes. */
function milliseconds(ms: number): string {
  return String(Math.min(2_147_483_647, Math.max(1, Math.ceil(ms))))
}

/** Postgres refused to commit, for a deferred constraint say. A connection or a server that ends has said nothing (I4). */
function isRefusal(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state !== undefined && !/^(08|53|57|58|XX)/.test(state)
}
