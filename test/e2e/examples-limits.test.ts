import { expect, test } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import { SpawnedProcess } from '../support/spawned-process.ts'

test('the example of limits bears three at once, and is not faster than its rate', async () => {
  const database = await createEngineDatabase()
  const example = new SpawnedProcess({
    args: ['packages/examples/src/limits-example.ts'],
    env: { DATABASE_URL: database.url, REDIS_URL: undefined },
  })
  const { code, stdout, stderr } = await example.ended()
  await database.drop()

  expect(stderr).toBe('')
  expect(stdout).toContain('40 refunds, 3 at once\nnot faster than the rate\n')
  expect(stdout).toContain("source: 'operator'")
  expect(code).toBe(0)
})
