import { readFileSync } from 'node:fs'

import { migrateQueue } from '@backstep/engine/bullmq'
import { migrate } from '@backstep/engine/postgres'

import { createTestDatabase, type TestDatabase } from './test-database.ts'

const checksums = readFileSync(new URL('../../migrations/CHECKSUMS', import.meta.url), 'utf8')

/**
 * A database with all of our tables in it, BullMQ's own included. Drop it in `afterAll`. Engines that share a Redis are told
 * apart by their schema, so a file that uses the tests' common Redis names one that no other file has.
 */
export const createEngineDatabase = (schema = 'backstep'): Promise<TestDatabase> =>
  createTestDatabase({
    template: {
      key: `engine with queue in ${schema} ${checksums}`,
      prepare: async (databaseUrl) => {
        await migrate({ databaseUrl, schema })
        await migrateQueue({ databaseUrl, schema })
      },
    },
  })
