import { migrateQueue } from '@backstep/engine/bullmq'
import { expect, it } from 'vitest'

import { askPostgres } from '../../support/ask-server.ts'
import { createTestDatabase } from '../../support/test-database.ts'

it("BullMQ's tables come into a schema beside ours, once, however many ask for it", async () => {
  const database = await createTestDatabase()
  const { url: databaseUrl } = database
  const versions = await Promise.all([
    migrateQueue({ databaseUrl }),
    migrateQueue({ databaseUrl }),
    migrateQueue({ databaseUrl, schema: 'other' }),
  ])
  expect(new Set(versions).size).toBe(1)
  expect(versions[0]).toBeGreaterThan(0)
  const schemas = `select string_agg(distinct schemaname, ' ' order by schemaname) as answer
    from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`
  expect(await askPostgres(databaseUrl, schemas)).toBe('backstep_bullmq other_bullmq')
  await database.drop()
})
