import { expect, test } from 'vitest'

import { isIsolated, isPoison } from '../../../packages/engine/src/core/poison.ts'

test.each([
  [0, false, false],
  [1, false, false],
  [2, true, false],
  [4, true, false],
  [5, true, true],
])('after %i deaths in a row a step is alone: %s, and poison: %s', (deaths, alone, poison) => {
  expect(isIsolated(deaths)).toBe(alone)
  expect(isPoison(deaths)).toBe(poison)
})
