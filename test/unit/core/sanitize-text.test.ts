import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import {
  maximumErrorTextBytes,
  sanitizeText,
} from '../../../packages/engine/src/core/sanitize-text.ts'

test('what Postgres refuses is replaced', () => {
  expect(sanitizeText('a\0b\uD800c')).toBe('a\uFFFDb\uFFFDc')
})

test('a text that fits stays as it is', () => {
  expect(sanitizeText('€'.repeat(4), 12)).toBe('€€€€')
})

test('a text that is too long is cut at a character and shows it', () => {
  expect(sanitizeText('€€€€!', 12)).toBe('€€€…')
  expect(sanitizeText('aa😀😀', 9)).toBe('aa😀…')
})

const codeUnits = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
  .map((units) => String.fromCharCode(...units))

test('every text is well-formed and within the limit afterwards, however long it was', () => {
  fc.assert(
    fc.property(codeUnits, fc.integer({ min: 3, max: 40 }), (text, limit) => {
      const clean = sanitizeText(text, limit)
      expect(clean.isWellFormed() && !clean.includes('\0')).toBe(true)
      expect(Buffer.byteLength(clean)).toBeLessThanOrEqual(limit)
    }),
  )
  expect(Buffer.byteLength(sanitizeText('x'.repeat(5_000_000)))).toBe(maximumErrorTextBytes)
})
