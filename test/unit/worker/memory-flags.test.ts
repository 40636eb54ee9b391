import { expect, test } from 'vitest'
import { memoryFlags } from '../../../packages/worker/src/memory/memory-flags.ts'

const gigabyte = 1024 ** 3
const both = ['--max-semi-space-size=16', '--max-old-space-size=2000']

test.each([
  ['a large heap is kept small', [], 4 * gigabyte, both],
  ['a small limit is not raised', [], gigabyte, ['--max-semi-space-size=16']],
  ['other flags do not matter', ['--conditions=x', '--enable-source-maps'], 4 * gigabyte, both],
  ['who has chosen a heap keeps it', ['--max-old-space-size=8000'], 8 * gigabyte, []],
  ['however it is written', ['--max_old_space_size=8000'], 8 * gigabyte, []],
  ['who has chosen a nursery keeps it', ['--max-semi-space-size=64'], 4 * gigabyte, []],
])('%s', (_what, given, limit, flags) => {
  expect(memoryFlags(given, limit)).toEqual(flags)
})
