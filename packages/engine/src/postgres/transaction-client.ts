import {
  Kysely,
  PostgresDialect,
  type PostgresCursor,
  type PostgresPoolClient,
  type PostgresQueryResult,
} from 'kysely'
import type { PoolClient, QueryResult } from 'pg'
import { commandOf } from './statement-pool.ts'

/** What would end the transaction, or another one: everything between begin and commit is the engine's to decide. */
const endsTransaction =
  /^\s*(?:begin|start\s+transaction|commit|end|abort|prepare\s+transaction|rollback(?!\s+(?:work\s+|transaction\s+)?to\b))\b/i

/**
 * The connection of one transaction, with two ways in: one for the handler, one for the engine.
 *
 * I1. The handler's way is shut once the handler has ended: what it still sends reaches no connection.
 * I2. A connection on which a statement ended without an answer, or is still under way, is never used again. What was begun on
 *     it is rolled back, because its commit can only have been sent by the engine.
 */
export class TransactionClient {
  readonly #client: PoolClient
  readonly #onError: (error: Error) => void
  readonly #onRelease: () => void
  #gate: 'beginning' | 'open' | 'shut' = 'beginning'
  #underWay = 0
  #broken = false
  #released = false

  constructor(
    client: PoolClient,
    parts: { readonly onError: (error: Error) => void; readonly onRelease: () => void },
  ) {
    this.#client = client
    this.#onError = parts.onError
    this.#onRelease = parts.onRelease
    client.on('error', this.#onError)
  }

  /** Kysely on the engine's way. */
  engineKysely(): Kysely<unknown> {
    return kyselyThrough((text, values) => this.send(text, values, engineTimeoutMs))
  }

  /** Kysely on the handler's way. */
  handlerKysely(): Kysely<unknown> {
    return kyselyThrough((text, values) => this.handle(text, values))
  }

  /** A statement of the handler's. */
  async handle(text: string, values: readonly unknown[]): Promise<QueryResult> {
    if (this.#gate === 'shut') {
      throw new RangeError('The handler has ended, and its transaction with it: await each query.')
    }
    if (this.#gate === 'open' && endsTransaction.test(text)) {
      throw new RangeError(
        `The transaction of a step is ended by the engine, not by "${text.trim().slice(0, 40)}": throw to have it rolled back.`,
      )
    }
    return this.send(text, values, 0)
  }

  /** A statement of the engine's. Without an answer in time the connection is broken; 0 sets no limit here. */
  async send(text: string, values: readonly unknown[], timeoutMs: number): Promise<QueryResult> {
    if (this.#released) throw new RangeError('The transaction is over.')
    this.#underWay += 1
    try {
      const query = { text, values: [...values], query_timeout: timeoutMs }
      return await this.#client.query(query)
    } catch (error) {
      if (!(error instanceof Error && 'severity' in error)) this.#broken = true // I2
      throw error
    } finally {
      this.#underWay -= 1
    }
  }

  /** The transaction has begun: from here on the handler may not end it. */
  begun(): void {
    this.#gate = 'open'
  }

  /** The handler has ended. */
  shut(): void {
    this.#gate = 'shut' // I1
  }

  /** Whether the connection can still be asked for something. */
  get isUsable(): boolean {
    return !this.#released && !this.#broken && this.#underWay === 0
  }

  /** Gives the connection back; one that is in doubt is closed. Safe to call again. */
  release(destroy = false): void {
    if (this.#released) return
    const reusable = this.isUsable && !destroy
    this.shut()
    this.#released = true
    this.#client.off('error', this.#onError)
    if (!reusable) this.#client.on('error', ignore)
    this.#client.release(!reusable) // I2
    this.#onRelease()
  }
}

/** How long a statement of the engine's may be without an answer, in milliseconds. */
export const engineTimeoutMs = 10_000

type Send = (text: string, values: readonly unknown[]) => Promise<QueryResult>

function kyselyThrough(send: Send): Kysely<unknown> {
  const pool = { connect: async () => new Channel(send), end: async () => {}, options: {} }
  return new Kysely({ dialect: new PostgresDialect({ pool }) })
}

/** One way in, in the shape that Kysely asks for. */
class Channel implements PostgresPoolClient {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  query<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>>
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  query<R>(
    text: string | PostgresCursor<R>,
    values: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof text !== 'string') throw new TypeError('No cursors are used in a step.')
    return this.#answer(text, values)
  }

  async #answer<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    const { command, rowCount, rows } = await this.#send(text, values)
    return { command: commandOf(command), rowCount: rowCount ?? 0, rows }
  }

  /** The connection belongs to the transaction. */
  release(): void {}
}

function ignore(): void {}
