import { expect, test } from 'vitest'

import {
  isRejection,
  reject,
  rejectionFailure,
} from '../../../packages/engine/src/definition/rejection.ts'

/** Rejects like a caller in JavaScript, with anything. */
function rejectAnything(...values: readonly unknown[]): unknown {
  return Reflect.apply(reject, undefined, values)
}

function failureOf(error: unknown): unknown {
  return isRejection(error) ? rejectionFailure(error) : 'no rejection'
}

test('a rejection is an error with a code, a message and details', () => {
  const error = reject('card_declined', 'The bank said no.', { limit: 5 })
  expect(error).toBeInstanceOf(Error)
  expect(failureOf(error)).toEqual({
    kind: 'rejection',
    code: 'card_declined',
    message: 'The bank said no.',
    details: { limit: 5 },
  })
})

test('a rejection without details has none', () => {
  expect(failureOf(reject('no', 'No.'))).toEqual({ kind: 'rejection', code: 'no', message: 'No.' })
})

test('a rejection of another copy of the package is one', () => {
  const other = Object.assign(new Error('no'), { '~backstepRejection': true, code: 'no' })
  expect(isRejection(other)).toBe(true)
})

test.for([new Error('no'), 'no', null, undefined, { code: 'no' }])('%o is none', (error) => {
  expect(isRejection(error)).toBe(false)
})

test('texts in details are made fit to be stored', () => {
  const details = { note: 'a\0b', list: ['\ud800', { deep: 'fine' }, 7, null] }
  expect(failureOf(reject('no', 'No.', details))).toMatchObject({
    details: { note: 'a\uFFFDb', list: ['\uFFFD', { deep: 'fine' }, 7, null] },
  })
})

test('details that are too large keep their beginning, as a text', () => {
  const fits = { text: 'x'.repeat(8_181) }
  expect(failureOf(reject('no', 'No.', fits))).toMatchObject({ details: fits })
  const larger = { text: 'x'.repeat(8_182) }
  expect(failureOf(reject('no', 'No.', larger))).toMatchObject({
    details: `{"text":"${'x'.repeat(8_180)}…`,
  })
})

test.for<readonly [string, () => unknown]>([
  ['contain themselves', ring],
  ['share their parts over and over', knot],
])('details that %s are told as such, and at once', ([, make]) => {
  expect(failureOf(rejectAnything('no', 'No.', make()))).toMatchObject({
    code: 'no',
    details: expect.stringContaining('cannot be stored'),
  })
})

function ring(): unknown {
  const value: Record<string, unknown> = {}
  value['left'] = value
  value['right'] = value
  return value
}

function knot(): unknown {
  let value: unknown = 'end'
  for (let depth = 0; depth < 50; depth += 1) value = [value, value]
  return value
}

test('a verdict does not get lost over its own texts and details', () => {
  expect(failureOf(rejectAnything('a\0', 5, { at: new Date(0) }))).toEqual({
    kind: 'rejection',
    code: 'a\uFFFD',
    message: '5',
    details: expect.stringContaining('This detail cannot be stored: at is an instance of Date'),
  })
  expect(failureOf(rejectAnything(undefined, {}))).toMatchObject({ code: 'rejected' })
})
