import { afterAll, beforeAll, expect, test } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import { SpawnedProcess } from '../support/spawned-process.ts'
import type { TestDatabase } from '../support/test-database.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createEngineDatabase()
})

afterAll(() => database.drop())

test('the example of a transactional step ends as it says', async () => {
  const example = new SpawnedProcess({
    args: ['packages/examples/src/transactional-example.ts'],
    env: { DATABASE_URL: database.url },
  })
  const { code, stdout, stderr } = await example.ended()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.split('\n').slice(0, 4)).toEqual([
    '300: completed, 1700 left',
    '1500: compensated',
    '5000: compensated',
    'on the voucher [ { cents: 1700 } ]',
  ])
})
