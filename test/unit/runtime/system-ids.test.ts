import { expect, test } from 'vitest'

import { systemIds, uuidV4, uuidV7 } from '../../../packages/engine/src/runtime/system-ids.ts'

test('a sortable id has the layout of RFC 9562, version 7', () => {
  const random = new Uint8Array(10).fill(0xff)
  expect(uuidV7(0x0123_4567_89ab, random)).toBe('01234567-89ab-7fff-bfff-ffffffffffff')
  expect(uuidV7(0, new Uint8Array(10))).toBe('00000000-0000-7000-8000-000000000000')
})

test('a unique id has the layout of RFC 9562, version 4, and is not made twice', () => {
  expect(uuidV4(new Uint8Array(16).fill(0xff))).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff')
  expect(uuidV4(Uint8Array.from({ length: 16 }, (_, index) => index))).toBe(
    '00010203-0405-4607-8809-0a0b0c0d0e0f',
  )
  expect(new Set(Array.from({ length: 1_000 }, () => systemIds.unique())).size).toBe(1_000)
})

test('sortable ids sort by the time at which they were made', () => {
  const random = new Uint8Array(10)
  const ids = [1, 2, 255, 256, 65_536, 2 ** 40].map((ms) => uuidV7(ms, random))
  expect(ids.toSorted()).toEqual(ids)
})

test('a nonce has 128 bits, is no number, and is not made twice', () => {
  const nonces = Array.from({ length: 1_000 }, () => systemIds.nonce())
  expect(new Set(nonces).size).toBe(1_000)
  expect(nonces.every((nonce) => /^n[0-9a-f]{32}$/.test(nonce))).toBe(true)
})
