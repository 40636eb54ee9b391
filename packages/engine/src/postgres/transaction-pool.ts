import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import type { OpenTransaction, TransactionLimits } from '../ports/transactional-store.ts'
import { Places } from './places.ts'
import { PostgresTransaction } from './postgres-transaction.ts'
import { toBackstepError } from './sql-state.ts'
import { TransactionClient } from './transaction-client.ts'

/** What transactions of handlers run on. */
export interface TransactionPoolOptions {
  /** Used by nothing else: handlers that take their time keep no statement of the engine's waiting. */
  readonly pool: Pool
  /** How many run at once; as many as the pool has connections. */
  readonly size: number
  readonly schema: string
  readonly onError: (error: Error) => void
}

/** The few connections on which handlers work inside a transaction, and the line of those who wait for one. */
export class TransactionPool {
  readonly #options: TransactionPoolOptions
  readonly #places: Places

  constructor(options: TransactionPoolOptions) {
    this.#options = options
    this.#places = new Places(options.size)
  }

  /** Waits for a place and begins. Null: the signal was aborted first. */
  async begin(limits: TransactionLimits, signal: AbortSignal): Promise<OpenTransaction | null> {
    if (!(await this.#places.take(signal))) return null
    try {
      return await this.#begin(limits)
    } catch (error) {
      throw toBackstepError(error)
    }
  }

  async #begin(limits: TransactionLimits): Promise<OpenTransaction> {
    const { pool, schema, onError } = this.#options
    const onRelease = (): void => this.#places.leave()
    let client: TransactionClient
    try {
      client = new TransactionClient(await pool.connect(), { onError, onRelease })
    } catch (error) {
      onRelease()
      throw error
    }
    return PostgresTransaction.begin(client, { schema, limits, token: randomUUID() })
  }
}
