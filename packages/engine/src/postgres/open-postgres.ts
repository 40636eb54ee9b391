import { Kysely, PostgresDialect } from 'kysely'
import { Pool, type PoolConfig } from 'pg'
import { BackstepError } from '../core/backstep-error.ts'
import { PostgresConnection } from './postgres-connection.ts'
import { StatementPool, type StatementPoolOptions } from './statement-pool.ts'
import { TransactionPool } from './transaction-pool.ts'

/** Where Postgres is: an address, for which pools are made and closed, or a pool of the caller's, which is only used. */
export type PostgresSource =
  | { readonly databaseUrl: string; readonly pool?: undefined }
  | { readonly pool: Pool; readonly databaseUrl?: undefined }

/** How to connect. */
export type OpenPostgresOptions = PostgresSource & {
  /** Where our tables are; `backstep` unless said otherwise. */
  readonly schema?: string
  /** Connections at most, one more for heartbeats aside; 10 unless said otherwise. Without effect on the caller's pool. */
  readonly poolSize?: number
  /** Connections for the transactions of handlers, besides all others: so many run at once; 5 unless said otherwise. */
  readonly transactionConnections?: number | undefined
  /** A statement that takes longer is canceled; 30,000 unless said otherwise. Without effect on the caller's pool. */
  readonly statementTimeoutMs?: number
  /**
   * Whether statements are sent under names, which saves Postgres their planning: with an address unless said otherwise,
   * never on its own with the caller's pool, behind which there may be a pooler.
   */
  readonly prepare?: boolean
  /** Told about connections that break while nobody waits for them. */
  readonly onError?: (error: Error) => void
}

/** The schema that is used when none is named. */
export const defaultSchema = 'backstep'

/**
 * Gets ready to talk to Postgres; connects when the first statement is sent, so it neither fails nor waits.
 *
 * With an address, sessions are set to READ COMMITTED and to a statement time-out when they begin. A pooler in transaction
 * mode may refuse that: give it a `pool` of your own instead.
 *
 * @throws BackstepError `CONFIGURATION_INVALID` when there are to be no connections for transactions
 */
export function openPostgres(options: OpenPostgresOptions): PostgresConnection {
  const { schema = defaultSchema, onError = ignore } = options
  const prepare = options.prepare ?? options.pool === undefined
  const settings = { prepare, onError }
  const main = options.pool ?? listenedTo(new Pool(mainConfig(options)), onError)
  const beating = listenedTo(new Pool(heartbeatConfig(options)), onError)
  const size = places(options.transactionConnections ?? 5)
  const working = listenedTo(new Pool(transactionConfig(options, size)), onError)
  return new PostgresConnection({
    executor: { db: kyselyOn(main, settings), schema },
    heartbeatExecutor: { db: kyselyOn(beating, settings), schema },
    transactions: new TransactionPool({ pool: working, size, schema, onError }),
    ownedPools: [...(options.pool === undefined ? [main] : []), beating, working],
  })
}

/** None would let a step that needs one wait for ever. */
function places(count: number): number {
  if (Number.isSafeInteger(count) && count >= 1) return count
  throw new BackstepError(
    'CONFIGURATION_INVALID',
    `transactionConnections is ${String(count)}; set a whole number of at least 1.`,
  )
}

/** Kysely on a pool that it does not own: closing is the business of whoever made the pool. */
export function kyselyOn(pool: Pool, settings: StatementPoolOptions): Kysely<unknown> {
  return new Kysely({ dialect: new PostgresDialect({ pool: new StatementPool(pool, settings) }) })
}

const heartbeatTimeoutMs = 5_000

const connecting: PoolConfig = {
  connectionTimeoutMillis: 5_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  fallback_application_name: 'backstep',
}

// A lost race is an empty answer in READ COMMITTED, and an error in anything stricter. Statements take arrays of any length:
// their plans hold for all of them, and making one anew for each call costs more than running it. A plan may be made when a
// table is still empty, and must be right when it is not: so it goes by an index from the start.
const sessionOptions = [
  '-c default_transaction_isolation=read\\ committed',
  '-c plan_cache_mode=force_generic_plan',
  '-c enable_seqscan=off',
].join(' ')

function mainConfig(options: OpenPostgresOptions): PoolConfig {
  const { databaseUrl, poolSize = 10, statementTimeoutMs = 30_000 } = options
  return {
    ...connecting,
    connectionString: databaseUrl,
    max: poolSize,
    options: sessionOptions,
    statement_timeout: statementTimeoutMs,
    // For a server that does not answer at all: it should have canceled the statement by then.
    query_timeout: statementTimeoutMs + 5_000,
  }
}

/** One connection that stays, so that no lease runs out because appends stand in line. */
function heartbeatConfig(options: OpenPostgresOptions): PoolConfig {
  const timeouts = { query_timeout: heartbeatTimeoutMs, max: 1, idleTimeoutMillis: 0 }
  if (options.pool === undefined) {
    const config = { ...mainConfig(options), statement_timeout: heartbeatTimeoutMs }
    return { ...config, ...timeouts }
  }
  return { ...copyOf(options.pool), ...timeouts }
}

/** Handlers run statements of their own there: with the settings of their database, and limits for each transaction. */
function transactionConfig({ databaseUrl, pool }: OpenPostgresOptions, max: number): PoolConfig {
  if (pool === undefined) {
    // Whoever looks for the holder of a lock sees that it is a handler.
    const name = { fallback_application_name: 'backstep step' }
    return { ...connecting, ...name, connectionString: databaseUrl, max }
  }
  return { ...copyOf(pool), max, query_timeout: 0 }
}

function copyOf({ options }: Pool): PoolConfig {
  const given: PoolConfig = options
  // The pool hides its password from a plain copy.
  return { ...given, ...(given.password ? { password: given.password } : {}), min: 0 }
}

function listenedTo(pool: Pool, onError: (error: Error) => void): Pool {
  return pool.on('error', onError)
}

function ignore(): void {}
