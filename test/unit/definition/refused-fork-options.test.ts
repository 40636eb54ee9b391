import { expect, test } from 'vitest'

import { begin, refusalOf, untyped, type JavaScriptBuilder } from './order-saga.ts'

const action = () => 1
const undone = { action, compensation: action }
const harmless = { action, compensation: 'none', reason: 'read-only' }

/** The builder inside a fork, as a program without types has it. */
interface Inside {
  readonly step: (name: string, options: unknown) => Inside
  readonly branch: (name: string, build: (branch: Inside) => unknown) => Inside
}

type Define = (saga: JavaScriptBuilder, step: unknown, options: unknown) => unknown

const parallel: Define = (saga, step, options) =>
  saga.parallel(
    'f',
    (fork: Inside) =>
      fork
        .branch('one', (branch) => branch.step('first', harmless))
        .branch('two', (branch) => branch.step('second', step)),
    options,
  )

const forEach: Define = (saga, step, options) =>
  saga.forEach(
    'f',
    () => [1],
    (each: Inside) => each.step('second', step),
    options,
  )

const forks = [
  ['parallel', parallel],
  ['forEach', forEach],
] as const

const wrongOptions: readonly (readonly [options: unknown, problem: string])[] = [
  [5, 'pass an object; it is 5'],
  [null, 'pass an object; it is null'],
  [{ siblings: 'abort' }, 'siblings is "abort"; it is one of "drain", "waitAll", "failFast"'],
  [{ siblings: null }, 'siblings is null; it is one of "drain", "waitAll", "failFast"'],
  [{ compensation: true }, 'compensation is true; it is one of "parallel", "serial"'],
  [
    { siblings: 'failFast' },
    'siblings is "failFast", so that "second" may be undone while its action still runs; say barrier: true where the participant keeps such an action out, or choose "drain"',
  ],
]

const refused = forks.flatMap(([kind, define]) =>
  wrongOptions.map(([options, problem]) => ({ kind, define, options, problem })),
)

test.for(refused)('a $kind with $options is refused', ({ kind, define, options, problem }) => {
  expect(refusalOf(() => define(untyped(begin()), undone, options))).toBe(
    `Saga "order" version 1, ${kind} "f": ${problem}.`,
  )
})

test('there is no other option', () => {
  expect(refusalOf(() => parallel(untyped(begin()), undone, { concurrency: 2 }))).toBe(
    'Saga "order" version 1, parallel "f": there is no option "concurrency"; there are siblings, compensation.',
  )
  expect(refusalOf(() => forEach(untyped(begin()), undone, { batch: 2 }))).toBe(
    'Saga "order" version 1, forEach "f": there is no option "batch"; there are siblings, compensation, concurrency.',
  )
})

test.for<readonly [unknown, string]>([
  [0, '0'],
  [257, '257'],
  [1.5, '1.5'],
  ['10', '"10"'],
  [null, 'null'],
])('a concurrency of %j is refused', ([concurrency, printed]) => {
  expect(refusalOf(() => forEach(untyped(begin()), undone, { concurrency }))).toBe(
    `Saga "order" version 1, forEach "f": concurrency is ${printed}; it must be a whole number from 1 to 256.`,
  )
})

test('as few as one item and as many as 256 may be at work at once', () => {
  for (const concurrency of [1, 256]) {
    expect(refusalOf(() => forEach(untyped(begin()), undone, { concurrency }))).toBe('accepted')
  }
})

test.for(forks)(
  'a %s that fails fast needs a barrier only where there is an undo',
  ([, define]) => {
    const options = { siblings: 'failFast' }
    const guarded = { ...undone, barrier: true }
    expect(refusalOf(() => define(untyped(begin()), guarded, options))).toBe('accepted')
    expect(refusalOf(() => define(untyped(begin()), harmless, options))).toBe('accepted')
  },
)

test.for(['siblings', 'compensation'])('after the pivot a fork has no %s', (option) => {
  const after = untyped(begin().pivot('pay', { action }))
  const value = option === 'siblings' ? 'waitAll' : 'serial'
  const define = () => forEach(after, { action }, { concurrency: 2, [option]: value })
  expect(refusalOf(define)).toBe(
    `Saga "order" version 1, forEach "f": ${option} is "${value}", but after the pivot no branch turns the saga back; remove it.`,
  )
  expect(refusalOf(() => forEach(after, { action }, { concurrency: 2 }))).toBe('accepted')
})

test('a barrier is true or false, and only beside a compensation', () => {
  const place = 'Saga "order" version 1, step "a"'
  expect(refusalOf(() => untyped(begin()).step('a', { ...undone, barrier: 'yes' }))).toBe(
    `${place}: barrier is "yes"; it is true or false.`,
  )
  expect(refusalOf(() => untyped(begin()).step('a', { ...harmless, barrier: true }))).toBe(
    `${place}: there is no option "barrier"; there are action, output, queue, retry, timeout, totalTimeout, transactional, breaker, fallback, onFailure, probe, probeOptions, compensation, reason.`,
  )
})
