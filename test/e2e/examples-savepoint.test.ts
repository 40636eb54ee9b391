import { expect, test } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import { SpawnedProcess } from '../support/spawned-process.ts'

test('the example of a save-point goes to the next supplier, and gives the price up only after the last', async () => {
  const database = await createEngineDatabase()
  const example = new SpawnedProcess({
    args: ['packages/examples/src/savepoint-example.ts'],
    env: { DATABASE_URL: database.url, REDIS_URL: undefined },
  })
  const { code, stdout, stderr } = await example.ended()
  await database.drop()

  expect(stderr).toBe('')
  expect(stdout.trimEnd().split('\n')).toEqual([
    'van to near',
    'no van to near',
    'van to far',
    '3: at "far"',
    'van to near',
    'no van to near',
    'van to far',
    'no van to far',
    'price given up 7960',
    '8: compensated',
    "vans [ 'far' ]",
  ])
  expect(code).toBe(0)
})
