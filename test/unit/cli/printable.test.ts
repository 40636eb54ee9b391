import { array, assert, integer, property, type Arbitrary } from 'fast-check'
import { expect, it } from 'vitest'

import { printable, printableJson } from '../../../packages/cli/src/printable.ts'

// What a terminal obeys, and what turns or hides text.
const DANGEROUS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

it.each([
  ['plain text, 注文 and é', 'plain text, 注文 and é'],
  ['\u001B[31mred\u001B[0m', '\\u001b[31mred\\u001b[0m'],
  ['two\nlines\r\tand a tab', 'two\\nlines\\r\\tand a tab'],
  ['one byte \u009B31m', 'one byte \\u009b31m'],
  ['right\u202Eleft', 'right\\u202eleft'],
  ['half \uD800', 'half \\ud800'],
  ['tag \u{E0001}', 'tag \\udb40\\udc01'],
])('%j is printed as %j', (text, printed) => {
  expect(printable(text)).toBe(printed)
})

/** Any text that JavaScript can hold, half characters included. */
const anyText: Arbitrary<string> = array(integer({ min: 0, max: 0xffff })).map((units) =>
  String.fromCharCode(...units),
)

it('lets nothing through that a terminal would obey', () => {
  assert(
    property(anyText, (text) => {
      expect(printable(text)).not.toMatch(DANGEROUS)
    }),
  )
})

it('keeps JSON the same JSON', () => {
  assert(
    property(anyText, (text) => {
      const printed = printableJson(JSON.stringify({ text }, null, 2))
      expect(JSON.parse(printed)).toEqual({ text })
      expect(printed.replaceAll('\n', '')).not.toMatch(DANGEROUS)
    }),
  )
})
