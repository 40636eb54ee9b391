import { ManagedServer } from './managed-server.ts'
import type { PostgresSource } from './find-postgres.ts'
import { postgresRecipe } from './postgres-recipe.ts'
import { foreignServer, type ServerHandle } from './server-handle.ts'

/** A Postgres server; `url` names its superuser and the database `postgres`. */
export type PostgresServer = ServerHandle

/** How to get a Postgres. */
export type StartPostgresOptions = {
  /** Closes the server when it aborts. */
  readonly signal?: AbortSignal | undefined
  /** A server that runs already: it is used, and nothing is started. */
  readonly databaseUrl?: string | undefined
  /** Forces where the binaries come from; by default BACKSTEP_POSTGRES, then whichever is there. */
  readonly source?: PostgresSource | undefined
  /** Off makes tests faster that never crash Postgres. On by default. */
  readonly fsync?: boolean | undefined
}

const sourceFromEnvironment = (): PostgresSource | undefined => {
  const source = process.env['BACKSTEP_POSTGRES']
  if (source === undefined || source === '') return undefined
  if (source === 'installed' || source === 'embedded') return source
  throw new Error(`BACKSTEP_POSTGRES is "${source}"; it may be "installed" or "embedded".`)
}

/**
 * Starts an empty Postgres of its own on 127.0.0.1, ready for connections within a second or so.
 * It ends with this process at the latest, also after SIGKILL. Takes up to 200 connections and
 * any password. Throws with the server's own words when it does not start.
 */
export const startPostgres = async (
  options: StartPostgresOptions = {},
): Promise<PostgresServer> => {
  if (options.databaseUrl) return foreignServer('Postgres', options.databaseUrl)
  const recipe = postgresRecipe({
    source: options.source ?? sourceFromEnvironment(),
    fsync: options.fsync ?? true,
  })
  return ManagedServer.start(recipe, options.signal)
}
