import { expect, test } from 'vitest'

import { printPath } from '../../../packages/engine/src/core/print-path.ts'

test.for([
  [[], ''],
  [['items', 0, 'sku'], 'items[0].sku'],
  [[2, 'a'], '[2].a'],
  [['prices', 'per day', 'x'], 'prices["per day"].x'],
  [['a\n'], String.raw`["a\n"]`],
] as const)('%j reads %s', ([path, text]) => {
  expect(printPath(path)).toBe(text)
})
