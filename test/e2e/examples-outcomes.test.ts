import { expect, test } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import { SpawnedProcess } from '../support/spawned-process.ts'

test('the example of outcomes is parked, goes on, and finds the charge whose answer was lost', async () => {
  const database = await createEngineDatabase()
  const example = new SpawnedProcess({
    args: ['packages/examples/src/outcomes-example.ts'],
    env: { DATABASE_URL: database.url, REDIS_URL: undefined },
  })
  const { code, stdout, stderr } = await example.ended()
  await database.drop()

  expect(stderr).toBe('')
  expect(stdout).toContain('stuck: parked_by_policy')
  expect(stdout).toContain("status: 'completed'")
  expect(stdout).toContain("chargeId: 'charge-1'")
  expect(code).toBe(0)
})
