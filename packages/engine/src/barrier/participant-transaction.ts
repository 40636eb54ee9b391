import { CompiledQuery, type Transaction } from 'kysely'
import type { ClientBase } from 'pg'
import { BackstepError } from '../core/backstep-error.ts'

/** A row as our statements ask for it: texts only, so that no type parser of the caller's gets at a value. */
export type TextRow = Readonly<Record<string, string | null>>

/** A statement with its `$1`, `$2`, … */
export interface Statement {
  readonly text: string
  readonly values: readonly (string | number | null)[]
}

/** The caller's transaction, as a place to run a statement in. */
export type RunInTransaction = (statement: Statement) => Promise<readonly TextRow[]>

/**
 * Finds out how to run statements in the caller's transaction, and makes sure that it is one: without, the row and the
 * effect would be committed one without the other. Shapes tell, because either may come from another copy of its package.
 *
 * @param transaction a Kysely transaction, or a pg client on which `begin` was said and answered
 * @throws BackstepError `CONFIGURATION_INVALID` for anything else
 */
export async function runInTransaction(transaction: unknown): Promise<RunInTransaction> {
  if (isKyselyTransaction(transaction)) return runOnKysely(transaction)
  if (isPgClient(transaction)) {
    if (!(await isInTransaction(transaction))) throw noTransaction('a pg client outside of one')
    return async ({ text, values }) => (await transaction.query(text, [...values])).rows
  }
  throw noTransaction(nameOf(transaction))
}

function runOnKysely(transaction: Transaction<unknown>): RunInTransaction {
  // The caller's plugins rename columns, or put a schema in front.
  const plain = transaction.withoutPlugins()
  return async ({ text, values }) => {
    const query: CompiledQuery<TextRow> = CompiledQuery.raw(text, [...values])
    return (await plain.executeQuery(query)).rows
  }
}

type PgClient = Pick<ClientBase, 'query'>

/** The driver knows from what the server says after each statement. Drivers that do not tell make us ask the server. */
async function isInTransaction(client: PgClient): Promise<boolean> {
  if (!hasStatus(client)) return answersAsTransaction(client)
  const status = client.getTransactionStatus()
  // E: it is one that has failed, and Postgres says so better than we can.
  return status === 'T' || status === 'E'
}

function hasStatus(client: PgClient): client is Pick<ClientBase, 'query' | 'getTransactionStatus'> {
  return 'getTransactionStatus' in client && typeof client.getTransactionStatus === 'function'
}

/** Postgres refuses to lock a table outside of a transaction block; a catalog that everybody reads is locked by nobody. */
async function answersAsTransaction(client: PgClient): Promise<boolean> {
  try {
    await client.query('lock table pg_catalog.pg_class in access share mode')
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '25P01') return false
    throw error
  }
}

function isKyselyTransaction(handle: unknown): handle is Transaction<unknown> {
  return isObject(handle) && handle['isTransaction'] === true && 'withoutPlugins' in handle
}

function isPgClient(handle: unknown): handle is PgClient {
  // A pool has a query method as well, but counts its clients.
  return isObject(handle) && typeof handle['query'] === 'function' && !('totalCount' in handle)
}

function nameOf(handle: unknown): string {
  if (!isObject(handle)) return String(handle)
  if ('totalCount' in handle) return 'a pool'
  return 'withoutPlugins' in handle ? 'Kysely itself' : 'something else'
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function noTransaction(given: string): BackstepError {
  return new BackstepError(
    'CONFIGURATION_INVALID',
    `A barrier was given ${given} and needs a transaction: call it inside db.transaction().execute(…) of Kysely, or on a pg client after "await client.query('begin')".`,
  )
}
