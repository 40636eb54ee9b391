import { expect, test } from 'vitest'

import { begin, refusalOf, untyped, type JavaScriptBuilder } from './order-saga.ts'

const action = () => 1
const undone = { action, compensation: action }
const list = () => [1]

/** The builder inside a fork, as a program without types has it. */
interface Inside {
  readonly [method: string]: (...values: readonly unknown[]) => Inside
}

type Build = (inside: Inside) => unknown

const a: Build = (steps) => steps.step?.('a', undone)

/** A saga with one more node of each kind, filled in the same way. */
const kinds: Readonly<Record<string, (saga: JavaScriptBuilder, build: unknown) => unknown>> = {
  'parallel "f", branch "one"': (saga, build) =>
    saga.parallel('f', (fork: Inside) => fork.branch?.('one', build)),
  'forEach "f"': (saga, build) => saga.forEach('f', list, build),
  'when "f"': (saga, build) => saga.when('f', () => true, build),
}

const inSteps: readonly (readonly [string, unknown, string])[] = [
  ['no function', { a: 1 }, 'what is in it is an object; pass a function that calls step'],
  ['nothing', undefined, 'what is in it is missing; pass a function that calls step'],
  [
    'no step',
    (steps: Inside) => steps,
    'there is no step in it; add one, and return what the last call of step returned',
  ],
  [
    'a function that returns nothing',
    (steps: Inside) => void a(steps),
    'its function returns missing; return what the last call of step returned',
  ],
  [
    'a function that answers later',
    async (steps: Inside) => a(steps),
    'its function returns an object; return what the last call of step returned',
  ],
  [
    'a pivot',
    (steps: Inside) => steps.pivot?.('p', { action }),
    'pivot is called in it, but the pivot is a step of the saga itself; call it before or after this',
  ],
  ...['parallel', 'forEach', 'when'].map(
    (method) =>
      [
        `a ${method}`,
        (steps: Inside) => steps[method]?.('g', list, a),
        `${method} is called in it, but there are only steps in it; call it on the saga, before or after this`,
      ] as const,
  ),
  [
    'a savepoint',
    (steps: Inside) => steps.savepoint?.('s', { maximumRounds: 2 }),
    'savepoint is called in it, but a save-point stands on the line of the saga itself; call it before or after this',
  ],
  [
    'an output',
    (steps: Inside) => steps.output?.(action),
    'output is called in it, but the output is the whole saga’s; call it last',
  ],
  [
    'a step without a name',
    (steps: Inside) => steps.step?.('', undone),
    'the name of a step is ""; it must not be empty',
  ],
  [
    'a repeated step',
    (steps: Inside) => steps.step?.('a', undone).step?.('a', undone),
    'there is a step named "a" already; choose another name',
  ],
  [
    'the name of what it is in',
    (steps: Inside) => steps.step?.('f', undone),
    'there is a KIND named "f" already; choose another name',
  ],
  [
    'a name from before',
    (steps: Inside) => steps.step?.('before', undone),
    'there is a step named "before" already; choose another name',
  ],
]

const refusedSteps = Object.keys(kinds).flatMap((kind) =>
  inSteps.map(([what, build, problem]) => ({ kind, what, build, problem })),
)

test.for(refusedSteps)('$kind with $what is refused', ({ kind, build, problem }) => {
  const saga = untyped(begin().step('before', undone))
  expect(refusalOf(() => kinds[kind]?.(saga, build))).toBe(
    `Saga "order" version 1, ${kind}: ${problem.replace('KIND', kind.split(' ')[0] ?? '')}.`,
  )
})

/** One step with these options. */
function stepWith(options: object): Build {
  return (steps) => steps.step?.('a', options)
}

test.for(Object.keys(kinds))('a step in %s states how it is undone, until the pivot', (kind) => {
  const where = `Saga "order" version 1, ${kind}, step "a"`
  expect(refusalOf(() => kinds[kind]?.(untyped(begin()), stepWith({ action })))).toBe(
    `${where}: compensation is missing; pass a function that undoes the action, or 'none' with a reason.`,
  )
  const after = untyped(begin().pivot('pay', { action }))
  expect(refusalOf(() => kinds[kind]?.(after, stepWith(undone)))).toBe(
    `${where}: it has a compensation, but after the pivot nothing is undone; remove it, or move the step before the pivot.`,
  )
  expect(refusalOf(() => kinds[kind]?.(after, stepWith({ action })))).toBe('accepted')
})

test('a builder of another fork is not taken', () => {
  let stolen: unknown
  begin().when(
    'other',
    () => true,
    (then) => (stolen = then.step('a', undone)) && then.step('b', undone),
  )
  expect(refusalOf(() => untyped(begin()).when('f', action, () => stolen))).toBe(
    'Saga "order" version 1, when "f": its function returns an object; return what the last call of step returned.',
  )
})

test.for<readonly [string, Build, string]>([
  [
    'no branch',
    (fork) => fork,
    'there is no branch in it; add one, and return what the last call of branch returned',
  ],
  [
    'steps of its own',
    (fork) => fork.branch?.('one', a).step?.('b', undone),
    'step is called in it, but each step is in a branch; call branch, and step inside it',
  ],
  [
    'a repeated branch',
    (fork) =>
      fork.branch?.('one', a).branch?.('one', (branch: Inside) => branch.step?.('b', undone)),
    'there is a branch named "one" already; choose another name',
  ],
  [
    'a branch without a name',
    (fork) => fork.branch?.(7, a),
    'the name of a branch is 7; it must be a text',
  ],
  [
    'a slash in a branch',
    (fork) => fork.branch?.('a/b', a),
    'the name of a branch is "a/b"; it must have no slash',
  ],
  [
    'a path that is too long',
    (fork) => fork.branch?.('x'.repeat(254), a),
    `the path of a branch is "f/${'x'.repeat(58)}…"; it may have 255 bytes`,
  ],
])('a parallel with %s is refused', ([, build, problem]) => {
  expect(refusalOf(() => untyped(begin()).parallel('f', build))).toBe(
    `Saga "order" version 1, parallel "f": ${problem}.`,
  )
})

test('a step is in one branch', () => {
  const saga = untyped(begin())
  const define = () =>
    saga.parallel('f', (fork: Inside) => fork.branch?.('one', a).branch?.('two', a))
  expect(refusalOf(define)).toBe(
    'Saga "order" version 1, parallel "f", branch "two": there is a step named "a" already; choose another name.',
  )
})

/** As many branches of one step each. */
function branches(count: number): Build {
  return (fork) => {
    let next: Inside | undefined = fork
    for (let index = 1; index <= count; index += 1) {
      next = next?.branch?.(`b${index}`, (branch: Inside) => branch.step?.(`s${index}`, undone))
    }
    return next
  }
}

test('256 branches are accepted, and one more is refused', () => {
  const saga = untyped(begin())
  expect(refusalOf(() => saga.parallel('f', branches(256)))).toBe('accepted')
  expect(refusalOf(() => saga.parallel('f', branches(257)))).toBe(
    'Saga "order" version 1, parallel "f": "b257" is branch 257, and there may be 256; use forEach for a list.',
  )
})

test('steps in forks are among the thousand', () => {
  let saga = untyped(begin()).parallel('f', branches(256))
  for (let count = 257; count <= 1_000; count += 1) saga = saga.step(`s${count}`, undone)
  expect(refusalOf(() => saga.when('w', () => true, a))).toBe(
    'Saga "order" version 1, when "w": "a" is step 1001, and there may be 1000; do more in one step.',
  )
})

test.for<readonly [string, (saga: JavaScriptBuilder) => unknown, string]>([
  [
    'a parallel without a name',
    (saga) => saga.parallel(undefined, branches(1)),
    ': the name of a parallel is missing; it must be a text',
  ],
  [
    "a parallel named as the saga's own line",
    (saga) => saga.parallel('main', undefined),
    ': the name of a parallel is "main"; that is what the saga\'s own line is called, choose another',
  ],
  [
    'a parallel with a slash',
    (saga) => saga.parallel('a/b', branches(1)),
    ': the name of a parallel is "a/b"; it must have no slash',
  ],
  [
    'a forEach with a slash',
    (saga) => saga.forEach('a/b', list, a),
    ': the name of a forEach is "a/b"; it must have no slash',
  ],
  [
    'a forEach without room for its items',
    (saga) => saga.forEach('x'.repeat(244), list, a),
    `: the name of a forEach is "${'x'.repeat(60)}…"; it may have 243 bytes`,
  ],
  [
    'a when without a name',
    (saga) => saga.when('', action, a),
    ': the name of a when is ""; it must not be empty',
  ],
  [
    'a repeated parallel',
    (saga) => saga.parallel('f', branches(1)).step('f', undone),
    ': there is a parallel named "f" already; choose another name',
  ],
  [
    'a repeated forEach',
    (saga) => saga.forEach('f', list, a).when('f', action, a),
    ': there is a forEach named "f" already; choose another name',
  ],
  [
    'a repeated when',
    (saga) => saga.when('f', action, a).forEach('f', list, a),
    ': there is a when named "f" already; choose another name',
  ],
  [
    'a step of a forEach outside it',
    (saga) => saga.forEach('f', list, a).step('a', undone),
    ': there is a step named "a" already; choose another name',
  ],
  [
    'a step named like one of an item',
    (saga) => saga.forEach('f', list, a).step('a[3]', undone),
    ': a step named "a[3]" cannot be told from those of "a" in a forEach; choose another name',
  ],
  [
    'anything after the output',
    (saga) => saga.step('x', undone).output(action).parallel('f', branches(1)),
    ': "f" comes after output; call output last',
  ],
  [
    'a step named like one of an item that comes later',
    (saga) => saga.step('a[12]', undone).forEach('f', list, a),
    ', forEach "f": a step named "a" cannot be told from those of "a[12]" in a forEach; choose another name',
  ],
  [
    'a step of a forEach without room for its items',
    (saga) => saga.forEach('f', list, (each: Inside) => each.step?.('x'.repeat(244), undone)),
    `, forEach "f": the name of a step is "${'x'.repeat(60)}…"; it may have 243 bytes`,
  ],
  [
    'a forEach without a list',
    (saga) => saga.forEach('f', [1], a),
    ', forEach "f": its list is an array; pass a function',
  ],
  [
    'a when without a condition',
    (saga) => saga.when('f', true, a),
    ', when "f": its condition is true; pass a function',
  ],
])('%s is refused', ([, define, problem]) => {
  expect(refusalOf(() => define(untyped(begin())))).toBe(`Saga "order" version 1${problem}.`)
})

test('names that end in a number are refused only beside the steps that they could be taken for', () => {
  const saga = untyped(begin()).forEach('f', list, (each: Inside) => each.step?.('a[1]', undone))
  for (const name of ['a', 'f[3]', 'a[x]', 'a[3]b', 'a[1][x]']) {
    expect(
      refusalOf(() => saga.step(name, undone)),
      name,
    ).toBe('accepted')
  }
  expect(refusalOf(() => saga.step('a[1][2]', undone))).not.toBe('accepted')
  expect(refusalOf(() => saga.when('a[1][2]', () => true, a))).toBe('accepted')
})
