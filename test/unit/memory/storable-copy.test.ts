import { expect, test } from 'vitest'
import { storableCopy } from '../../../packages/engine/src/memory/storable-copy.ts'

const values = [
  { name: 'texts, numbers and booleans', value: ['a', '', 'ä𝒳', 1.5, -3, 0, true, false, null] },
  { name: 'what no number is', value: [Number.NaN, Infinity, -Infinity] },
  { name: 'what is not there', value: { a: undefined, b: [undefined, 1], c: { d: undefined } } },
  { name: 'a key that is the name of a prototype', value: JSON.parse('{"__proto__": {"a": 1}}') },
  { name: 'what is nested', value: { a: [{ b: [[], {}] }], '1': { '0': 'x' } } },
] as const

test.for(values)('copies $name as a round trip through JSON does', ({ value }) => {
  const copy: unknown = storableCopy(value)
  const trip: unknown = JSON.parse(JSON.stringify(value))
  expect(copy).toStrictEqual(trip)
  expect(JSON.stringify(copy)).toBe(JSON.stringify(trip))
})

test('minus zero comes back as zero, as from a jsonb column', () => {
  expect(Object.is(storableCopy([-0])[0], 0)).toBe(true)
})

test('shares nothing with the original', () => {
  const given = { list: [{ of: 'things' }] }
  const copy = storableCopy(given)
  given.list[0] = { of: 'others' }
  expect(copy).toEqual({ list: [{ of: 'things' }] })
})

test.for([
  ['a NUL in a text', { deep: ['a\u0000b'] }],
  ['a lone surrogate in a text', ['\ud800']],
  ['a NUL in a key', { 'a\u0000b': 1 }],
])('refuses %s', ([, value]) => {
  expect(() => storableCopy(value)).toThrow(expect.objectContaining({ code: 'PAYLOAD_INVALID' }))
})
