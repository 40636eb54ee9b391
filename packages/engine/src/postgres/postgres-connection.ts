import type { Pool } from 'pg'
import type { SqlExecutor } from './sql-executor.ts'
import type { TransactionPool } from './transaction-pool.ts'

/** What a connection is made of. */
export interface PostgresConnectionParts {
  readonly executor: SqlExecutor
  readonly heartbeatExecutor: SqlExecutor
  readonly transactions: TransactionPool
  /** The pools that end with the connection. */
  readonly ownedPools: readonly Pool[]
}

/** The way to one schema of one database, for as long as a process needs it. */
export class PostgresConnection {
  /** For everything but heartbeats. */
  readonly executor: SqlExecutor
  /** Has a connection of its own, so that heartbeats stand in line behind nothing. */
  readonly heartbeatExecutor: SqlExecutor
  /** Handlers that work inside a transaction have connections of their own, too. */
  readonly transactions: TransactionPool
  readonly #pools: readonly Pool[]
  #closed: Promise<void> | null = null

  constructor(parts: PostgresConnectionParts) {
    this.executor = parts.executor
    this.heartbeatExecutor = parts.heartbeatExecutor
    this.transactions = parts.transactions
    this.#pools = parts.ownedPools
  }

  /** Ends the pools that were made for it, when their statements are done; a pool of the caller's is left alone. */
  async close(): Promise<void> {
    this.#closed ??= Promise.all(this.#pools.map((pool) => pool.end())).then(() => undefined)
    await this.#closed
  }
}
