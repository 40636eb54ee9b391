import { createHash } from 'node:crypto'
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import type { Pool, PoolClient, QueryResult } from 'pg'
import { arrayText } from './array-text.ts'
import { isLostStatementName, sqlStateOf } from './sql-state.ts'

/** How statements are sent. */
export interface StatementPoolOptions {
  /** Name statements, so that each connection parses and plans them once. Not through a pooler that knows no names. */
  readonly prepare: boolean
  readonly onError: (error: Error) => void
}

/**
 * A pg pool in the shape that Kysely asks for, and what a long-lived process needs on top:
 *
 * I1. A checked-out connection that breaks is reported, and does not end the process.
 * I2. A connection on which a statement ended without an answer is never used again: the answer may still come.
 * I3. Names are used outside of transactions only, where a failed try can be repeated without one.
 */
export class StatementPool implements PostgresPool {
  readonly options: object
  readonly #pool: Pool
  readonly #settings: StatementPoolOptions
  readonly #clients = new WeakMap<PoolClient, NamingClient>()

  constructor(pool: Pool, settings: StatementPoolOptions) {
    this.#pool = pool
    this.#settings = settings
    this.options = pool.options
  }

  async connect(): Promise<PostgresPoolClient> {
    const client = await this.#pool.connect()
    let wrapped = this.#clients.get(client)
    if (wrapped === undefined) {
      wrapped = new NamingClient(client, this.#settings)
      this.#clients.set(client, wrapped)
    }
    wrapped.checkedOut()
    return wrapped
  }

  async end(): Promise<void> {
    await this.#pool.end()
  }
}

class NamingClient implements PostgresPoolClient {
  readonly #client: PoolClient
  readonly #onError: (error: Error) => void
  #prepare: boolean
  #broken = false

  constructor(client: PoolClient, { prepare, onError }: StatementPoolOptions) {
    this.#client = client
    this.#prepare = prepare
    this.#onError = onError
  }

  checkedOut(): void {
    this.#client.on('error', this.#onError) // I1
  }

  query<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>>
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  query<R>(
    text: string | PostgresCursor<R>,
    values: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof text !== 'string') throw new TypeError('No cursors are used on this pool.')
    return this.#answer(text, values)
  }

  async #answer<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    try {
      const { command, rowCount, rows } = await this.#send(text, values.map(asText))
      return { command: commandOf(command), rowCount: rowCount ?? 0, rows }
    } catch (error) {
      if (sqlStateOf(error) === undefined) this.#broken = true // I2
      throw error
    }
  }

  async #send(text: string, values: unknown[]): Promise<QueryResult> {
    // A statement without parameters may be a "begin", or several statements: neither has a name (I3).
    if (!this.#prepare || values.length === 0) return this.#client.query(text, values)
    try {
      return await this.#client.query({ name: nameOf(text), text, values })
    } catch (error) {
      if (!isLostStatementName(error)) throw error
      this.#prepare = false
      return this.#client.query(text, values)
    }
  }

  release(destroy?: boolean): void {
    this.#client.off('error', this.#onError)
    this.#client.release(destroy === true || this.#broken)
  }
}

function asText(value: unknown): unknown {
  return Array.isArray(value) ? (arrayText(value) ?? value) : value
}

export type Command = PostgresQueryResult<unknown>['command']

const commands: readonly Command[] = ['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'COMMIT', 'ROLLBACK']

/** Kysely knows some commands, and treats every other one like a select. */
export function commandOf(command: string): Command {
  return commands.find((known) => known === command) ?? 'SELECT'
}

const names = new Map<string, string>()

function nameOf(text: string): string {
  let name = names.get(text)
  if (name === undefined) {
    name = `backstep_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`
    names.set(text, name)
  }
  return name
}
