import { expect, test } from 'vitest'

import { planDifferences } from '../../../packages/engine/src/core/plan-difference.ts'
import type { ForkNode, Plan, PlanNode, StepNode } from '../../../packages/engine/src/core/plan.ts'
import { defaultActionRetry } from '../../../packages/engine/src/core/retry-policy.ts'

const retriable: StepNode = {
  type: 'step',
  role: 'retriable',
  name: 'any',
  queue: 'default',
  retry: defaultActionRetry,
  timeoutMs: 30_000,
  totalTimeoutMs: null,
  outputSchema: null,
}

function step(name: string, changes: Partial<StepNode> = {}): StepNode {
  return Object.assign({}, retriable, { name }, changes)
}

function plan(...nodes: readonly (PlanNode | string)[]): Plan {
  return {
    name: 'order',
    version: 1,
    inputSchema: { type: 'object' },
    nodes: nodes.map((node) => (typeof node === 'string' ? step(node) : node)),
  }
}

test('equal plans differ in nothing, in whatever order their keys are', () => {
  const { nodes, ...rest } = plan('a', 'b')
  expect(planDifferences(plan('a', 'b'), { nodes, ...rest })).toEqual([])
})

test.for<readonly [string, Plan, Plan, readonly string[]]>([
  ['added', plan('a'), plan('a', 'b'), ['step "b" was added at place 2']],
  ['added in front', plan('a', 'b'), plan('x', 'a', 'b'), ['step "x" was added at place 1']],
  ['removed', plan('a', 'b', 'c'), plan('a', 'c'), ['step "b" was removed']],
  ['renamed', plan('a', 'b'), plan('a', 'x'), ['step "b" was renamed to "x"']],
  [
    'replaced while others shift',
    plan('a', 'b', 'c'),
    plan('x', 'y', 'a', 'c'),
    ['step "x" was added at place 1', 'step "b" was renamed to "y"'],
  ],
  ['moved down', plan('a', 'b', 'c'), plan('b', 'c', 'a'), ['step "a" moved behind "c"']],
  ['moved up', plan('a', 'b', 'c'), plan('c', 'a', 'b'), ['step "c" moved before "a"']],
  ['shuffled', plan('a', 'b', 'c', 'd'), plan('d', 'c', 'b', 'a'), ['step "d" moved before "c"']],
])('a step that was %s is named', ([, stored, declared, lines]) => {
  expect(planDifferences(stored, declared)).toEqual(lines)
})

test.for<readonly [Partial<StepNode>, Partial<StepNode>, readonly string[]]>([
  [
    { retry: { ...defaultActionRetry, maximumAttempts: 5 } },
    { retry: { ...defaultActionRetry, maximumAttempts: null } },
    ['step "a": retry.maximumAttempts changed from 5 to null'],
  ],
  [{ queue: 'default' }, { queue: 'mail' }, ['step "a": queue changed from "default" to "mail"']],
  [
    { role: 'retriable' },
    { role: 'pivot', rejectionCoversEarlierAttempts: true },
    [
      'step "a": role changed from "retriable" to "pivot"',
      'step "a": rejectionCoversEarlierAttempts changed from nothing to true',
    ],
  ],
  [
    { outputSchema: { enum: ['x'.repeat(80)] } },
    { outputSchema: null },
    [`step "a": outputSchema changed from {"enum":["${'x'.repeat(50)}… to null`],
  ],
])('an option that changed is named with both values', ([before, after, lines]) => {
  expect(planDifferences(plan(step('a', before)), plan(step('a', after)))).toEqual(lines)
})

test('a change in the input is named', () => {
  const declared = { ...plan('a'), inputSchema: { type: 'array' } }
  expect(planDifferences(plan('a'), declared)).toEqual([
    'inputSchema.type changed from "object" to "array"',
  ])
})

test('after five differences the rest is counted', () => {
  expect(planDifferences(plan('a'), plan('b', 'c', 'd', 'e', 'f', 'g', 'h')).at(-1)).toBe(
    'and 2 more',
  )
})

const together = { siblings: 'drain', compensation: 'parallel' } as const

/** A parallel with these steps in its branches. */
function fork(name: string, branches: Readonly<Record<string, readonly string[]>>): ForkNode {
  const named = Object.entries(branches).map(([branch, steps]) => ({
    name: branch,
    nodes: steps.map((each) => step(each)),
  }))
  return { type: 'parallel', name, ...together, branches: named }
}

function forEach(name: string, concurrency: number, ...steps: readonly string[]): ForkNode {
  const nodes = steps.map((each) => step(each))
  return { type: 'forEach', name, ...together, concurrency, nodes }
}

function choice(name: string, size: number): PlanNode {
  return { type: 'choice', name, size }
}

function savepoint(name: string, maximumRounds: number): PlanNode {
  return { type: 'savepoint', name, maximumRounds }
}

function shaped(): Plan {
  return plan(fork('f', { x: ['a'], y: ['b'] }), forEach('g', 2, 'c'), choice('w', 1), 'd')
}

test('equal forks and choices differ in nothing', () => {
  expect(planDifferences(shaped(), shaped())).toEqual([])
})

test.for<readonly [string, Plan, Plan, readonly string[]]>([
  [
    'a step in a branch',
    plan(fork('f', { x: ['a'] })),
    plan(fork('f', { x: ['a', 'b'] })),
    ['step "b" was added at place 2 of "f/x"'],
  ],
  [
    'another step in a forEach',
    plan(forEach('f', 2, 'a', 'b')),
    plan(forEach('f', 2, 'c')),
    ['step "a" was renamed to "c"', 'step "b" was removed'],
  ],
  [
    'a branch',
    plan('z', fork('f', { x: ['a'] })),
    plan('z', fork('f', { x: ['a'], y: ['b'] })),
    [
      'parallel "f": branches changed from ["x"] to ["x","y"]',
      'step "b" was added at place 1 of "f/y"',
    ],
  ],
  [
    'the order of branches',
    plan(fork('f', { x: ['a'], y: ['b'] })),
    plan(fork('f', { y: ['b'], x: ['a'] })),
    ['parallel "f": branches changed from ["x","y"] to ["y","x"]'],
  ],
  [
    'the order in a branch',
    plan(fork('f', { x: ['a', 'b', 'c'] })),
    plan(fork('f', { x: ['b', 'c', 'a'] })),
    ['step "a" moved behind "c"'],
  ],
  [
    'the order of forks',
    plan(fork('f', { x: ['a'] }), forEach('g', 2, 'b'), 'c'),
    plan(forEach('g', 2, 'b'), 'c', fork('f', { x: ['a'] })),
    ['parallel "f" moved behind "c"'],
  ],
  [
    'a step that came into a branch',
    plan('b', fork('f', { x: ['a'] })),
    plan(fork('f', { x: ['a', 'b'] })),
    ['step "b" moved to place 2 of "f/x"'],
  ],
  [
    'a step that left its branch',
    plan(fork('f', { x: ['a', 'b'] })),
    plan(fork('f', { x: ['a'] }), 'b'),
    ['step "b" moved to place 2'],
  ],
  [
    'a fork instead of a step',
    plan('a', 'b'),
    plan('a', forEach('f', 2, 'b')),
    ['forEach "f" was added at place 2', 'step "b" moved to place 1 of "f"'],
  ],
  [
    'how a forEach goes on',
    plan(forEach('f', 2, 'a')),
    plan(forEach('f', 3, 'a')),
    ['forEach "f": concurrency changed from 2 to 3'],
  ],
  [
    'what a choice decides on',
    plan(choice('w', 1), 'a', 'b'),
    plan(choice('w', 2), 'a', 'b'),
    ['when "w": size changed from 1 to 2'],
  ],
  [
    'how often what is behind a save-point is gone through',
    plan(savepoint('s', 2), 'a'),
    plan(savepoint('s', 3), 'a'),
    ['savepoint "s": maximumRounds changed from 2 to 3'],
  ],
  [
    'a choice and its step',
    plan('a'),
    plan('a', choice('w', 1), 'b'),
    ['when "w" was added at place 2', 'step "b" was added at place 3'],
  ],
])('%s is named with the place in its fork', ([, stored, declared, lines]) => {
  expect(planDifferences(stored, declared)).toEqual(lines)
})

test('an option of a step in a fork is named like one outside', () => {
  const stored = plan(fork('f', { x: ['a'] }))
  const branches = [{ name: 'x', nodes: [step('a', { queue: 'mail' })] }]
  const declared = plan({ type: 'parallel', name: 'f', ...together, branches })
  expect(planDifferences(stored, declared)).toEqual([
    'step "a": queue changed from "default" to "mail"',
  ])
})
