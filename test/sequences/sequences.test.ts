import { expect, test } from 'vitest'

import { runSequences } from './run-sequences.ts'
import { shapeNames } from './shapes.ts'

test('whatever workers, operators and time do, each saga is what the page on semantics says it may be, and ends', async () => {
  const tally = await runSequences({ sequences: 100, seed: 1, lanes: 2 })
  expect(tally.count('commands')).toBeGreaterThan(1_000)
  for (const shape of shapeNames) expect(tally.count(`${shape} completed`)).toBeGreaterThan(0)
})
