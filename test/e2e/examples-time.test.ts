import { expect, test } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import { SpawnedProcess } from '../support/spawned-process.ts'

test('the example of time charges after the trial, and closes the account of who is too late', async () => {
  const database = await createEngineDatabase()
  const example = new SpawnedProcess({
    args: ['packages/examples/src/time-example.ts'],
    env: { DATABASE_URL: database.url, REDIS_URL: undefined },
  })
  const { code, stdout, stderr } = await example.ended()
  await database.drop()

  expect(stderr).toBe('')
  expect(stdout).toContain("output: { paid: 'ada' }")
  expect(stdout).toContain("kind: 'deadline'")
  expect(stdout).toContain("accounts: [ 'ada' ]")
  expect(code).toBe(0)
})
