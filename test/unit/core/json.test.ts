import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { copyJson, type JsonValue } from '../../../packages/engine/src/core/json.ts'
import { deepFreeze } from './deep-freeze.ts'

test('a copy is equal to what was copied', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (generated) => {
      // As read from a journal: nothing there is undefined, or minus zero.
      const value: JsonValue = JSON.parse(JSON.stringify(generated))
      fc.pre(!JSON.stringify(value).includes('__proto__'))
      expect(copyJson(value)).toEqual(value)
      expect(JSON.stringify(copyJson(value))).toBe(JSON.stringify(value))
    }),
  )
})

test.each([[null], [true], [false], [0], [-1.5], [''], ['text'], [[]], [{}]])(
  'the copy of %j is that',
  (value: JsonValue) => {
    expect(copyJson(value)).toStrictEqual(value)
  },
)

test('a copy shares nothing with the value, at any depth', () => {
  const value = deepFreeze({ list: [{ deep: [1] }], record: { inner: {} } })
  const copy: { list: { deep: number[] }[]; record: { inner: Record<string, number> } } = {
    list: [],
    record: { inner: {} },
  }
  Object.assign(copy, copyJson(value))
  copy.list[0]?.deep.push(2)
  copy.list.push({ deep: [] })
  copy.record.inner['more'] = 1
  expect(value).toEqual({ list: [{ deep: [1] }], record: { inner: {} } })
  expect(copy).toEqual({ list: [{ deep: [1, 2] }, { deep: [] }], record: { inner: { more: 1 } } })
})

test('keys that every object inherits are copied as keys', () => {
  const value: JsonValue = JSON.parse('{"constructor":{"prototype":{"isAdmin":true}},"toString":1}')
  const copy = copyJson(value)
  expect(Object.keys(copy ?? {})).toEqual(['constructor', 'toString'])
  expect(JSON.stringify(copy)).toBe(JSON.stringify(value))
  expect('isAdmin' in {}).toBe(false)
})

// No payload may have this key, but a journal is read from a database that others can write.
test('a key named __proto__ reaches no prototype: not the one of all objects, and not the copy’s', () => {
  const value: JsonValue = JSON.parse('{"a":[{"__proto__":{"isAdmin":true}}],"b":1}')
  const copy = copyJson(value)
  expect('isAdmin' in {}).toBe(false)
  const objects: unknown[] = []
  JSON.stringify(copy, (_, item: unknown) => {
    if (typeof item === 'object') objects.push(item)
    return item
  })
  expect(objects.length).toBeGreaterThanOrEqual(3)
  for (const object of objects) {
    expect(Object.getPrototypeOf(object)).toBe(
      Array.isArray(object) ? Array.prototype : Object.prototype,
    )
  }
})
