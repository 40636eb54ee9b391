import { readFileSync } from 'node:fs'

import {
  migrate,
  openPostgres,
  PostgresStore,
  type PostgresConnection,
} from '@backstep/engine/postgres'
import { Pool, type PoolConfig } from 'pg'

import { createTestDatabase } from '../../support/test-database.ts'

/** A database with our schema in it, and a store on it. */
export type MigratedDatabase = {
  readonly url: string
  readonly connection: PostgresConnection
  readonly store: PostgresStore
  /** For statements of the test's own. */
  readonly pool: Pool
  readonly drop: () => Promise<void>
}

const checksums = readFileSync(new URL('../../../migrations/CHECKSUMS', import.meta.url), 'utf8')

/** A migrated database that nobody else uses; close nothing but what you open yourself, and drop it at the end. */
export const createMigratedDatabase = async (
  config: PoolConfig = {},
): Promise<MigratedDatabase> => {
  const database = await createTestDatabase({
    template: {
      key: `backstep ${checksums}`,
      prepare: async (databaseUrl) => {
        await migrate({ databaseUrl })
      },
    },
  })
  const pool = new Pool({ connectionString: database.url, ...config })
  pool.on('error', () => {})
  const connection = openPostgres({ databaseUrl: database.url })
  return {
    url: database.url,
    connection,
    store: new PostgresStore(connection),
    pool,
    drop: async () => {
      await Promise.all([connection.close(), pool.end()])
      await database.drop()
    },
  }
}
