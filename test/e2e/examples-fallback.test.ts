import { expect, test } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import { SpawnedProcess } from '../support/spawned-process.ts'

test('the example of a fallback charges by the other bank, at once when the circuit is open', async () => {
  const database = await createEngineDatabase()
  const example = new SpawnedProcess({
    args: ['packages/examples/src/fallback-example.ts'],
    env: { DATABASE_URL: database.url, REDIS_URL: undefined },
  })
  const { code, stdout, stderr } = await example.ended()
  await database.drop()

  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.trimEnd().split('\n')).toEqual([
    'book: completed, charged by the other bank',
    'lamp: completed, charged by the other bank',
    'chair: completed, charged by the other bank',
    'unicorn: compensated',
    'the first bank was called 4 times, the other one 4 times',
    'charges that stand: 3',
  ])
})
