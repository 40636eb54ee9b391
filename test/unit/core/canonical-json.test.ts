import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { canonicalJson } from '../../../packages/engine/src/core/canonical-json.ts'

test('keys are in one order, whatever order they were written in', () => {
  expect(canonicalJson({ b: 1, a: { d: null, c: [2, 'x'] } })).toBe(
    '{"a":{"c":[2,"x"],"d":null},"b":1}',
  )
  expect(canonicalJson({ a: 1, b: 2 })).toBe(canonicalJson({ b: 2, a: 1 }))
})

test('properties that are undefined do not count', () => {
  expect(canonicalJson({ a: undefined, b: true })).toBe('{"b":true}')
})

test('it says the same as JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})
