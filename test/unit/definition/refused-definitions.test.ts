import { expect, test } from 'vitest'
import { z } from 'zod'

import { validateDefinition } from '../../../packages/engine/src/definition/validate-definition.ts'
import { defineSaga } from '../../../packages/engine/src/definition/define-saga.ts'
import { begin, orderSaga, refusalOf, untyped } from './order-saga.ts'

const action = () => 1
const compensation = () => 1
const input = z.string()

/** Calls it like a program in JavaScript, with anything. */
function define(options: unknown): unknown {
  return Reflect.apply(defineSaga, undefined, [options])
}

test.for<readonly [string, unknown, string]>([
  ['nothing', undefined, 'defineSaga: pass an object; it is missing.'],
  [
    'a slip',
    { nam: 'x' },
    'defineSaga: there is no option "nam"; there are name, version, input, deadline, defaults.',
  ],
  ['no name', { version: 1, input }, 'defineSaga: name is missing; it must be a text.'],
  [
    'no version',
    { name: 'order', input },
    'Saga "order": version is missing; it must be a whole number from 1.',
  ],
  [
    'version 0',
    { name: 'order', version: 0, input },
    'Saga "order": version is 0; it must be a whole number from 1.',
  ],
  [
    'version 1.5',
    { name: 'order', version: 1.5, input },
    'Saga "order": version is 1.5; it must be a whole number from 1.',
  ],
  [
    'version 2^31',
    { name: 'order', version: 2 ** 31, input },
    'Saga "order": version is 2147483648; it must be a whole number from 1.',
  ],
  [
    'no input',
    { name: 'order', version: 1 },
    'Saga "order" version 1: input is missing; pass a Standard Schema, such as z.object({ … }).',
  ],
  [
    'an input that is no schema',
    { name: 'order', version: 1, input: { id: 'string' } },
    'Saga "order" version 1: input is an object; pass a Standard Schema, such as one of zod, valibot or arktype.',
  ],
  [
    'bad defaults',
    { name: 'order', version: 1, input, defaults: { timeout: 5 } },
    'Saga "order" version 1, defaults: timeout is 5; write a duration such as "10s".',
  ],
  [
    'defaults that are none',
    { name: 'order', version: 1, input, defaults: [] },
    'Saga "order" version 1, defaults: pass an object; it is an array.',
  ],
])('a saga with %s is refused', ([, options, message]) => {
  expect(refusalOf(() => define(options))).toBe(message)
})

test.for<readonly [unknown, string]>([
  ['', '""; it must not be empty'],
  [7, '7; it must be a text'],
  [Symbol('x'), 'Symbol(x); it must be a text'],
  ['x'.repeat(256), `"${'x'.repeat(60)}…"; it may have 255 bytes`],
  ['é'.repeat(128), `"${'é'.repeat(60)}…"; it may have 255 bytes`],
  ['a\nb', String.raw`"a\nb"; it must have no control characters and no halves of surrogate pairs`],
  [
    '\uD800',
    String.raw`"\ud800"; it must have no control characters and no halves of surrogate pairs`,
  ],
  ['__proto__', '"__proto__"; every object has that; choose another'],
  ['constructor', '"constructor"; every object has that; choose another'],
  ['prototype', '"prototype"; every object has that; choose another'],
  ['toString', '"toString"; every object has that; choose another'],
])('a step named %j is refused', ([name, problem]) => {
  expect(refusalOf(() => untyped(begin()).step(name, { action, compensation }))).toBe(
    `Saga "order" version 1: the name of a step is ${problem}.`,
  )
})

test('a name of 255 bytes is accepted', () => {
  expect(refusalOf(() => untyped(begin()).step('x'.repeat(255), { action, compensation }))).toBe(
    'accepted',
  )
})

const undone = { action, compensation }

test.for<readonly [string, unknown, string]>([
  ['no options', undefined, 'pass an object; it is missing'],
  ['no action', { compensation }, 'action is missing; pass a function'],
  [
    'an action that is no function',
    { compensation, action: 'x' },
    'action is "x"; pass a function',
  ],
  [
    'no stance',
    { action },
    "compensation is missing; pass a function that undoes the action, or 'none' with a reason",
  ],
  [
    'a stance that is none',
    { action, compensation: null },
    "compensation is null; pass a function that undoes the action, or 'none' with a reason",
  ],
  [
    'no reason',
    { action, compensation: 'none' },
    "its compensation is 'none' and its reason is missing; say why nothing has to be undone, such as 'read-only'",
  ],
  [
    'an empty reason',
    { action, compensation: 'none', reason: ' ' },
    `its compensation is 'none' and its reason is " "; say why nothing has to be undone, such as 'read-only'`,
  ],
  [
    'a reason that cannot be stored',
    { action, compensation: 'none', reason: 'a\0' },
    String.raw`reason is "a\u0000"; it may have 1024 bytes, no NUL and no halves of surrogate pairs`,
  ],
  [
    'a slip',
    { ...undone, retries: 5 },
    'there is no option "retries"; there are action, output, queue, retry, timeout, totalTimeout, transactional, breaker, fallback, onFailure, probe, probeOptions, compensation, compensationOptions, compensateWhenRejected, rejectionCoversEarlierAttempts, barrier',
  ],
  [
    'a reason beside a handler',
    { ...undone, reason: 'x' },
    'there is no option "reason"; there are action, output, queue, retry, timeout, totalTimeout, transactional, breaker, fallback, onFailure, probe, probeOptions, compensation, compensationOptions, compensateWhenRejected, rejectionCoversEarlierAttempts, barrier',
  ],
  ['a bad queue', { ...undone, queue: '' }, 'queue is ""; it must not be empty'],
  [
    'a bad duration',
    { ...undone, timeout: '10 s' },
    'timeout is "10 s"; write a duration such as "500ms", "10s" or "1h30m" (units: ms, s, m, h, d, w)',
  ],
  [
    'a number for a duration',
    { ...undone, timeout: 10 },
    'timeout is 10; write a duration such as "10s"',
  ],
  [
    'an attempt that is too long',
    { ...undone, timeout: '25d' },
    'timeout is "25d"; one attempt may take at most 24d: split the step, or start the work in it and look for its end in the next',
  ],
  [
    'times that contradict',
    { ...undone, timeout: '1m', totalTimeout: '10s' },
    'timeout is "1m", and totalTimeout, which is for all attempts, is "10s"; raise the one or lower the other',
  ],
  [
    'a flag that is none',
    { ...undone, compensateWhenRejected: 'yes' },
    'compensateWhenRejected is "yes"; it is true or false',
  ],
  [
    'a transaction that is none',
    { ...undone, transactional: 'yes' },
    'transactional is "yes"; it is true or false',
  ],
  [
    'a transaction with a probe',
    { ...undone, transactional: true, probe: action },
    'it is transactional and has a probe, but an attempt that was not committed has no effect to find out about; remove one of the two',
  ],
  [
    'another answer to failure',
    { ...undone, onFailure: 'ignore' },
    'onFailure is "ignore"; it is "compensate" or "park"',
  ],
  [
    'an output that is no schema',
    { ...undone, output: () => 1 },
    'output is a function; pass a Standard Schema, such as one of zod, valibot or arktype',
  ],
])('a step with %s is refused', ([, options, problem]) => {
  expect(refusalOf(() => untyped(begin()).step('pay', options))).toBe(
    `Saga "order" version 1, step "pay": ${problem}.`,
  )
})

test.for<readonly [string, unknown, string]>([
  ['no object', 5, 'pass an object; it is 5'],
  [
    'a slip',
    { attempts: 5 },
    'there is no option "attempts"; there are initialInterval, backoffCoefficient, maximumInterval, maximumAttempts, jitter, byCode',
  ],
  [
    'no attempts',
    { maximumAttempts: 0 },
    'maximumAttempts is 0; it must be a whole number from 1, or "unlimited"',
  ],
  [
    'endless attempts',
    { maximumAttempts: Infinity },
    'maximumAttempts is Infinity; it must be a whole number from 1, or "unlimited"',
  ],
  [
    'a shrinking backoff',
    { backoffCoefficient: 0.5 },
    'backoffCoefficient is 0.5; it must be a number of at least 1, where 1 keeps the interval',
  ],
  [
    'an endless backoff',
    { backoffCoefficient: Infinity },
    'backoffCoefficient is Infinity; it must be a number of at least 1, where 1 keeps the interval',
  ],
  [
    'intervals that contradict',
    { initialInterval: '2m', maximumInterval: '1m' },
    'maximumInterval is "1m", less than the initialInterval of 120000ms; raise the one or lower the other',
  ],
  ['another jitter', { jitter: 'equal' }, 'jitter is "equal"; it is "full" or "none"'],
])('a retry policy with %s is refused', ([, retry, problem]) => {
  const place = 'Saga "order" version 1, step "pay"'
  expect(refusalOf(() => untyped(begin()).step('pay', { ...undone, retry }))).toBe(
    `${place}, retry: ${problem}.`,
  )
  const compensationOptions = { retry }
  expect(refusalOf(() => untyped(begin()).step('pay', { ...undone, compensationOptions }))).toBe(
    `${place}, compensationOptions.retry: ${problem}.`,
  )
})

test('a pivot and what comes after it have no compensation', () => {
  expect(refusalOf(() => untyped(begin()).pivot('pay', { action, compensation }))).toBe(
    'Saga "order" version 1, pivot "pay": the pivot has a compensation, but once it succeeded the saga only goes forward; remove it, or make this a step.',
  )
  const after = untyped(begin().pivot('pay', { action }))
  expect(refusalOf(() => after.step('ship', { action, compensation }))).toBe(
    'Saga "order" version 1, step "ship": it has a compensation, but after the pivot nothing is undone; remove it, or move the step before the pivot.',
  )
})

test('a step behind the pivot cannot turn back, so it is not asked whether to', () => {
  const after = untyped(begin().pivot('pay', { action }))
  expect(refusalOf(() => after.step('ship', { action, onFailure: 'park' }))).toBe(
    'Saga "order" version 1, step "ship": there is no option "onFailure"; there are action, output, queue, retry, timeout, totalTimeout, transactional, breaker, fallback.',
  )
})

test('there is one pivot', () => {
  const after = untyped(begin().pivot('pay', { action }))
  expect(refusalOf(() => after.pivot('ship', { action }))).toBe(
    'Saga "order" version 1: "ship" is a second pivot, after "pay"; only one step can be the one that decides: make this a step.',
  )
})

test('a name is used once', () => {
  const after = untyped(begin().pivot('pay', { action }))
  expect(refusalOf(() => after.step('pay', { action }))).toBe(
    'Saga "order" version 1: there is a step named "pay" already; choose another name.',
  )
})

test('output comes last, once, and after a step', () => {
  const whole = untyped(orderSaga())
  expect(refusalOf(() => whole.step('more', { action }))).toBe(
    'Saga "order" version 1: "more" comes after output; call output last.',
  )
  expect(refusalOf(() => whole.output(action))).toBe(
    'Saga "order" version 1: output is said twice; remove one.',
  )
  expect(refusalOf(() => untyped(begin()).output(action))).toBe(
    'Saga "order" version 1: output is said before there is a step; add steps first.',
  )
  expect(refusalOf(() => untyped(begin().pivot('pay', { action })).output({}))).toBe(
    'Saga "order" version 1: output is an object; pass a function.',
  )
})

test('a thousand steps are accepted, and one more is refused', () => {
  let saga = untyped(begin())
  for (let count = 1; count <= 1_000; count += 1) saga = saga.step(`s${count}`, undone)
  expect(refusalOf(() => saga.step('more', undone))).toBe(
    'Saga "order" version 1: "more" is step 1001, and there may be 1000; do more in one step.',
  )
})

test('what is registered must be a definition with steps', () => {
  expect(refusalOf(() => validateDefinition(begin()))).toBe(
    'Saga "order" version 1: it has no steps; each method returns a new definition: use the one that the last call returned.',
  )
  expect(refusalOf(() => validateDefinition({ name: 'order' }))).toBe(
    'Saga definition: this is an object; pass what defineSaga(…) and its methods return.',
  )
})
