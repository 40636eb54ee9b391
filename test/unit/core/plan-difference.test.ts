import { expect, test } from 'vitest'

import { planDifferences } from '../../../packages/engine/src/core/plan-difference.ts'
import type { Plan, PlanNode } from '../../../packages/engine/src/core/plan.ts'
import { defaultActionRetry } from '../../../packages/engine/src/core/retry-policy.ts'

const retriable: PlanNode = {
  type: 'step',
  role: 'retriable',
  name: 'any',
  queue: 'default',
  retry: defaultActionRetry,
  timeoutMs: 30_000,
  totalTimeoutMs: null,
  outputSchema: null,
}

function step(name: string, changes: Partial<PlanNode> = {}): PlanNode {
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

test.for<readonly [Partial<PlanNode>, Partial<PlanNode>, readonly string[]]>([
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
