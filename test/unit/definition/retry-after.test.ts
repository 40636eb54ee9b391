import { expect, test } from 'vitest'

import { BackstepError } from '../../../packages/engine/src/core/backstep-error.ts'
import { codeOfError } from '../../../packages/engine/src/definition/code-of-error.ts'
import { retryAfter, retryAfterMsOf } from '../../../packages/engine/src/definition/retry-after.ts'

const now = 1_000_000
const coded = (code: unknown, cause?: unknown): Error =>
  Object.assign(new Error('no', { cause }), { code })

test.for<readonly [unknown, number]>([
  [retryAfter('30s'), 30_000],
  [retryAfter(1_234.6), 1_235],
  [retryAfter(0), 0],
  [retryAfter(new Date(now + 5_000)), 5_000],
  [retryAfter(new Date(now - 5_000)), 0],
  [retryAfter(new Date(8_640_000_000_000_000)), 3_155_760_000_000],
])('%o asks to wait for %d ms', ([error, ms]) => {
  expect(retryAfterMsOf(error, now)).toBe(ms)
})

test.for<readonly [unknown]>([
  [new Error('no')],
  [{ '~backstepRetryAfter': true, wait: 5 }],
  [Object.assign(new Error('no'), { '~backstepRetryAfter': true })],
  [Object.assign(new Error('no'), { '~backstepRetryAfter': true, wait: 'soon' })],
  [Object.assign(new Error('no'), { '~backstepRetryAfter': true, wait: Number.NaN })],
])('%o asks for nothing', ([error]) => {
  expect(retryAfterMsOf(error, now)).toBeUndefined()
})

test('that of another copy of the package asks as well', () => {
  const other = Object.assign(new Error('no'), { '~backstepRetryAfter': true, wait: 5 })
  expect(retryAfterMsOf(other, now)).toBe(5)
})

test.for([-1, Number.NaN, Number.POSITIVE_INFINITY, 'soon', '-5s', new Date(Number.NaN)])(
  'to wait for %o is refused',
  (wait) => {
    expect(() => retryAfter(wait)).toThrow(BackstepError)
  },
)

test('it tells the code and the message of its cause', () => {
  const error = retryAfter('1s', coded('rate_limited'))
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({ code: 'rate_limited', message: 'no', name: 'RetryAfter' })
  expect(retryAfter('1s')).toMatchObject({
    code: 'retry_after',
    message: 'The participant asks to be called again later.',
  })
})

test.for<readonly [string, unknown, string | undefined]>([
  ['its own', coded('busy', coded('deeper')), 'busy'],
  [
    'that of its cause',
    new TypeError('fetch failed', { cause: coded('ECONNRESET') }),
    'ECONNRESET',
  ],
  ['a whole number', coded(14), '14'],
  ['none where it is no text', coded({ not: 'a code' }), undefined],
  ['none where it is empty', coded(''), undefined],
  ['none where there is none', new Error('no'), undefined],
  ['none of what is no error', { code: 'busy' }, undefined],
])('the code of an error is %s', ([, error, code]) => {
  expect(codeOfError(error)).toBe(code)
})

test('a chain of causes that is a ring has an end', () => {
  const ring = new Error('round')
  ring.cause = ring
  expect(codeOfError(ring)).toBeUndefined()
})
