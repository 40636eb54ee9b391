import { expect, test } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import { SpawnedProcess } from '../support/spawned-process.ts'

test('the example of approval takes one signal once, and reminds of what nobody looks at', async () => {
  const database = await createEngineDatabase()
  const example = new SpawnedProcess({
    args: ['packages/examples/src/approval-example.ts'],
    env: { DATABASE_URL: database.url, REDIS_URL: undefined },
  })
  const { code, stdout, stderr } = await example.ended()
  await database.drop()

  expect(stderr).toBe('')
  expect(stdout).toContain("output: { approvedBy: 'ada' }")
  expect(stdout).toContain("output: { approvedBy: 'nobody' }")
  expect(stdout).toContain("reminded: [ 'o-2' ]")
  expect(code).toBe(0)
})
