import type {
  CompensatableStep,
  ForEachNode,
  ParallelNode,
  SiblingPolicy,
  StepNode,
} from '../../packages/engine/src/core/plan.ts'
import { pivot, planOf, promptly, retriable, shape, step } from './make-shape.ts'
import type { Shape } from './shape.ts'

type Branches = Readonly<Record<string, readonly StepNode[]>>

function parallel(
  siblings: SiblingPolicy,
  branches: Branches,
  compensation: ParallelNode['compensation'] = 'parallel',
): ParallelNode {
  const named = Object.entries(branches).map(([name, nodes]) => ({ name, nodes }))
  return { type: 'parallel', name: 'fork', siblings, compensation, branches: named }
}

function forEach(concurrency: number, ...nodes: readonly StepNode[]): ForEachNode {
  const policy = { siblings: 'drain', compensation: 'parallel', concurrency } as const
  return { type: 'forEach', name: 'each', nodes, ...policy }
}

const choice = { type: 'choice', name: 'whether', size: 1 } as const

/** What refuses its action once it has been undone. */
function barred(name: string): CompensatableStep {
  return step(name, 2, { barrier: true })
}

/** What leaves nothing to undo. */
function harmless(name: string): CompensatableStep {
  return step(name, 2, { compensation: { type: 'none', reason: 'it only reads' }, barrier: true })
}

/** Sagas of several branches, each of which may be in other hands. */
export const forkShapes: readonly Shape[] = [
  shape(
    'branches that drain',
    planOf(parallel('drain', { l: [step('a', 2)], r: [step('b', 2), step('c', 2)] })),
    { rejection: 1, failure: 1, crash: 1, expiry: 1 },
  ),
  shape(
    'branches that are canceled',
    promptly(planOf(parallel('drain', { l: [step('a', 2)], r: [step('b', 2)] }))),
    { failure: 1, expiry: 1, crash: 1, cancel: 1 },
  ),
  shape(
    'branches that wait for all',
    promptly(planOf(parallel('waitAll', { l: [step('a', 2)], r: [step('b', 2), step('c', 2)] }))),
    { rejection: 1, failure: 1, crash: 1, expiry: 1 },
  ),
  shape(
    'branches that fail fast',
    planOf(parallel('failFast', { l: [barred('a')], r: [barred('b')] })),
    { rejection: 1, crash: 1, expiry: 1, cancel: 1 },
    { requestsOutliveCrash: true },
  ),
  shape(
    'a branch that owes nothing fails fast',
    planOf(parallel('failFast', { l: [barred('a'), barred('b')], r: [harmless('c')] })),
    { rejection: 1, crash: 1, expiry: 1 },
  ),
  shape(
    'branches that outlive their time',
    planOf(parallel('drain', { l: [step('a', 2)], r: [step('b', 2)] })),
    { rejection: 1, unsettled: 1, expiry: 1, overdue: 1, retry: 2 },
  ),
  shape(
    'branches undone in one line',
    planOf(parallel('drain', { l: [step('a', 2)], r: [step('b', 2)] }, 'serial'), step('c', 2)),
    { rejection: 1, failure: 1, crash: 1, expiry: 1, lostReply: 1 },
  ),
  shape(
    'branches undone side by side',
    promptly(planOf(parallel('drain', { l: [step('a', 2)], r: [step('b', 2)] }), step('c', 1))),
    { rejection: 1, failure: 3, crash: 1, expiry: 1, retry: 1 },
  ),
  shape(
    'branches behind the pivot',
    promptly(
      planOf(pivot('p', 2), parallel('drain', { l: [retriable('a', 2)], r: [retriable('b', 2)] })),
    ),
    { failure: 3, crash: 1, expiry: 1, retry: 1 },
  ),
  shape(
    'a choice that is taken',
    planOf(step('a', 2), choice, step('b', 2), step('c', 2)),
    { rejection: 1, failure: 1, crash: 1, expiry: 1, cancel: 1, lostReply: 1 },
    { takesChoices: true },
  ),
  shape(
    'a choice that is not taken',
    planOf(step('a', 2), choice, step('b', 2), step('c', 2)),
    { rejection: 1, failure: 1, crash: 1, expiry: 1, cancel: 1, lostReply: 1 },
    { takesChoices: false },
  ),
  shape('one item after the other', planOf(forEach(1, step('a', 2)), step('b', 2)), {
    rejection: 1,
    failure: 1,
    crash: 1,
    expiry: 1,
    cancel: 1,
  }),
  shape(
    'branches of one process that drain',
    promptly(planOf(parallel('drain', { l: [step('a', 2), step('b', 2)], r: [step('c', 1)] }))),
    { rejection: 1, failure: 1, expiry: 1 },
    { oneProcess: true },
  ),
  shape(
    'branches of one process that fail fast',
    promptly(planOf(parallel('failFast', { l: [barred('a'), barred('b')], r: [barred('c')] }))),
    { rejection: 1, failure: 1 },
    { oneProcess: true },
  ),
  shape(
    'branches of one process undone in one line',
    planOf(parallel('drain', { l: [step('a', 1)], r: [step('b', 1)] }, 'serial'), step('c', 1)),
    { rejection: 1, failure: 2, expiry: 1, retry: 1 },
    { oneProcess: true },
  ),
  shape(
    'items of one process',
    promptly(planOf(pivot('p', 1), forEach(2, retriable('a', 2)), retriable('b', null))),
    { failure: 3, expiry: 1, retry: 1 },
    { oneProcess: true },
  ),
]
