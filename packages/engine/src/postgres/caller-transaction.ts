import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely'
import { BackstepError } from '../core/backstep-error.ts'

/**
 * Makes the caller's transaction a place to run our statements in: a Kysely transaction, or a pg client on which the
 * caller has said `begin`. Told apart by their shapes, because either may come from another copy of its package.
 *
 * @throws BackstepError `CONFIGURATION_INVALID` for anything else: on a pool the statement would not be in the transaction
 */
export function joinTransaction(handle: unknown): Kysely<unknown> {
  if (isKyselyTransaction(handle)) return handle.withoutPlugins()
  if (isPgClient(handle)) {
    const pool = { connect: async () => unowned(handle), end: async () => {}, options: {} }
    return new Kysely({ dialect: new PostgresDialect({ pool }) })
  }
  throw new BackstepError(
    'CONFIGURATION_INVALID',
    'The option "transaction" takes a Kysely transaction, or a pg client in a transaction (not a pool, and not Kysely itself).',
  )
}

type PgClient = Pick<PostgresPoolClient, 'query'>

function isKyselyTransaction(handle: unknown): handle is Kysely<unknown> {
  return isObject(handle) && handle['isTransaction'] === true && 'withoutPlugins' in handle
}

function isPgClient(handle: unknown): handle is PgClient {
  // A pool has a query method as well, but counts its clients.
  return isObject(handle) && typeof handle['query'] === 'function' && !('totalCount' in handle)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** The client stays the caller's: nothing is released. */
function unowned(client: PgClient): PostgresPoolClient {
  return { query: client.query.bind(client), release: () => {} }
}
