import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { growthFlag } from '../../../packages/worker/src/memory/keep-heap-small.ts'

const megabyte = 1_048_576

test.each([
  ['may grow while it is small', 16 * megabyte, 2],
  ['stays as it is when it has grown', 32 * megabyte, 1],
  ['and does not grow from there', 64 * megabyte, 1],
])('the space for new objects %s', (_what, bytes, factor) => {
  expect(growthFlag(bytes)).toBe(`--semi-space-growth-factor=${factor}`)
})

const program = fileURLToPath(new URL('churning-program.ts', import.meta.url))

/** The most that each space of a program took that makes garbage and keeps some of it for a while, in MB. */
async function spacesOf(how: 'as it comes' | 'kept small', flags: readonly string[] = []) {
  const args = ['--conditions=@backstep/source', ...flags, program, how]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const spaces: { readonly young: number; readonly old: number } = JSON.parse(stdout)
  return spaces
}

test('a program that asks for it keeps both spaces small', async () => {
  const [large, small] = await Promise.all([spacesOf('as it comes'), spacesOf('kept small')])
  expect(small.young).toBeLessThanOrEqual(40)
  expect(large.young).toBeGreaterThan(40)
  expect(small.old).toBeLessThan(large.old * 0.75)
}, 60_000)

test('who has chosen a size keeps it', async () => {
  const { young } = await spacesOf('kept small', ['--max-semi-space-size=64'])
  expect(young).toBeGreaterThan(40)
}, 60_000)
