import * as fc from 'fast-check'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'

import { BackstepError } from '../../../packages/engine/src/core/backstep-error.ts'
import { checkPayload, maximumPayloadBytes } from '../../../packages/engine/src/core/payload.ts'

function refusalOf(value: unknown): string {
  try {
    checkPayload(value, 'The output of step "pay"')
  } catch (error) {
    if (error instanceof BackstepError && error.code === 'PAYLOAD_INVALID') return error.message
    throw error
  }
  return 'accepted'
}

function nested(depth: number): unknown {
  let value: unknown = 'core'
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { value }
  return value
}

class Money {
  readonly cents = 5
}

const itself: { self?: unknown } = {}
itself.self = { deeper: [itself] }

const withHole: unknown[] = [1]
withHole[2] = 3

const bomb = Array.from({ length: 40 }).reduce<unknown>((value) => [value, value], 'x')

const begin = 'The output of step "pay" cannot be stored: '

test.for<readonly [string, unknown, string]>([
  [
    'NUL in a text',
    { a: 'x\0y' },
    String.raw`a is "x\u0000y" with a NUL character; remove it, or store base64.`,
  ],
  [
    'half of a surrogate pair',
    ['\uD800'],
    String.raw`[0] is "\ud800" with half of a surrogate pair; do not cut texts inside a character, or use toWellFormed().`,
  ],
  [
    'NUL in a key',
    { 'x\0': 1 },
    String.raw`["x\u0000"] is "x\u0000" with a NUL character; remove it, or store base64.`,
  ],
  [
    'a long text that is bad',
    'a'.repeat(99) + '\0',
    `it is "${'a'.repeat(40)}…" with a NUL character; remove it, or store base64.`,
  ],
  [
    'not a number',
    { items: [{ price: Number.NaN }] },
    'items[0].price is NaN; store a finite number or null.',
  ],
  ['infinity', Number.NEGATIVE_INFINITY, 'it is -Infinity; store a finite number or null.'],
  ['a bigint', { total: 10n }, 'total is the bigint 10n; store a string.'],
  ['a function', { 'per day': () => 1 }, '["per day"] is a function; store data, or leave it out.'],
  ['a symbol', Symbol('x'), 'it is a symbol; store a string.'],
  [
    'a symbol as a key',
    { [Symbol('x')]: 1 },
    'it is an object with a symbol as a key; use texts as keys.',
  ],
  [
    'a Date',
    { at: new Date(0) },
    'at is an instance of Date; use an ISO string: date.toISOString().',
  ],
  [
    'a Date of another realm',
    runInNewContext('new Date(0)'),
    'it is an instance of Date; use an ISO string: date.toISOString().',
  ],
  ['a Map', new Map(), 'it is an instance of Map; use an object: Object.fromEntries(map).'],
  ['a Set', new Set(), 'it is an instance of Set; use an array: [...set].'],
  [
    'a Buffer',
    Buffer.from('x'),
    "it is an instance of Buffer; use a base64 string: buffer.toString('base64').",
  ],
  [
    'a class of the application',
    new Money(),
    'it is an instance of Money; store a plain object with the fields that matter.',
  ],
  [
    'a class without a name',
    new (class {
      readonly x = 1
    })(),
    'it is an instance of a class; store a plain object with the fields that matter.',
  ],
  [
    'a cycle',
    itself,
    'self.deeper[0] is an object that contains itself; store an id in its place.',
  ],
  ['a hole', withHole, '[1] is a hole in an array; store null there.'],
  [
    '__proto__ as a key',
    JSON.parse('{ "a": { "__proto__": 1 } }'),
    'a.__proto__ is under the key __proto__, which reaches prototypes; rename the key.',
  ],
  [
    'constructor as a key',
    { constructor: 1 },
    'constructor is under the key constructor, which reaches prototypes; rename the key.',
  ],
  [
    'prototype as a key',
    { prototype: 1 },
    'prototype is under the key prototype, which reaches prototypes; rename the key.',
  ],
])('%s is refused with its path', ([, value, message]) => {
  expect(refusalOf(value)).toBe(begin + message)
})

test('64 levels are stored, and one more is refused', () => {
  expect(refusalOf(nested(64))).toBe('accepted')
  expect(refusalOf(nested(65))).toMatch(/ is deeper than 64 levels; store it flatter\.$/)
})

test('a value that is 20,000 levels deep is refused, not a stack overflow', () => {
  expect(refusalOf(nested(20_000))).toContain('deeper than 64 levels')
})

test('a megabyte is stored, and a byte more is refused', () => {
  const full = 'é'.repeat(maximumPayloadBytes / 2 - 1)
  expect(checkPayload(full, 'The input').bytes).toBe(maximumPayloadBytes)
  expect(refusalOf(`${full}x`)).toBe(
    `${begin}at most 1048576 bytes of JSON are, and it has 1048577; keep the data elsewhere and store a reference to it.`,
  )
})

test('what would be endless to write down is refused soon', () => {
  expect(refusalOf(bomb)).toContain('it has more than that')
})

test('undefined is dropped from objects, and null at the top and in arrays', () => {
  expect(checkPayload(undefined, 'The output')).toEqual({ json: 'null', value: null, bytes: 4 })
  expect(checkPayload({ a: undefined, b: [undefined] }, 'The output').json).toBe('{"b":[null]}')
})

test('minus zero becomes the zero that is read back', () => {
  expect(checkPayload({ a: -0 }, 'The output').value).toStrictEqual({ a: 0 })
})

test('objects without a prototype and of another realm are plain', () => {
  const bare: unknown = Object.assign(Object.create(null), { a: 1 })
  expect(checkPayload(bare, 'The output').json).toBe('{"a":1}')
  expect(checkPayload(runInNewContext('({ a: [true, null] })'), 'The output').json).toBe(
    '{"a":[true,null]}',
  )
})

test('the value is a copy, which the caller cannot change', () => {
  const items = [1]
  const { value } = checkPayload({ items }, 'The output')
  items.push(2)
  expect(value).toEqual({ items: [1] })
})

test('every JSON value comes back as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      fc.pre(refusalOf(value) === 'accepted')
      const checked = checkPayload(value, 'The output')
      expect(JSON.parse(checked.json)).toEqual(checked.value)
      expect(checked.bytes).toBe(Buffer.byteLength(JSON.stringify(value)))
    }),
  )
})

test('no value whatever breaks it', () => {
  fc.assert(
    fc.property(fc.anything({ withDate: true, withMap: true, withBigInt: true }), (value) => {
      expect(refusalOf(value)).toMatch(
        /^accepted$|^The output of step "pay" cannot be stored: .*\.$/s,
      )
    }),
  )
})
