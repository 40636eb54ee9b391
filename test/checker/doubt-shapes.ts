import type { ParallelNode, SiblingPolicy, StepNode } from '../../packages/engine/src/core/plan.ts'
import { pivot, planOf, probe, promptly, shape, step, undoneInOneCommit } from './make-shape.ts'
import type { Shape } from './shape.ts'

function fork(siblings: SiblingPolicy, l: StepNode, r: StepNode): ParallelNode {
  const branches = [
    { name: 'l', nodes: [l] },
    { name: 'r', nodes: [r] },
  ]
  return { type: 'parallel', name: 'fork', siblings, compensation: 'parallel', branches }
}

const parked = { onFailure: 'park' } as const
const commits = { transactional: true } as const

/** Sagas that ask what became of an action, that ask an operator, or whose attempts leave nothing without a verdict. */
export const doubtShapes: readonly Shape[] = [
  shape(
    'a step with a probe',
    promptly(planOf(step('a', 2, { probe: probe(2) }), step('b', 1, { probe: probe(1) }))),
    { rejection: 1, failure: 1, unsettled: 1, crash: 1, expiry: 1, stillUnknown: 2, cancel: 1 },
  ),
  shape(
    'a pivot with a probe',
    planOf(step('a', 1), pivot('p', 2, { probe: probe(2) })),
    { rejection: 1, unsettled: 2, crash: 1, expiry: 1, stillUnknown: 2, retry: 1, cancel: 1 },
    { requestsOutliveCrash: true },
  ),
  shape(
    'probes, and handlers that outlive their time',
    planOf(step('a', 1, { probe: probe(1) }), step('b', 1)),
    { rejection: 1, unsettled: 1, expiry: 1, overdue: 1, stillUnknown: 1, retry: 2 },
  ),
  shape(
    'a branch with a probe',
    planOf(fork('drain', step('a', 1, { probe: probe(2) }), step('b', 1))),
    { rejection: 1, unsettled: 1, expiry: 1, stillUnknown: 1, cancel: 1 },
  ),
  shape(
    'a branch with a probe fails fast',
    planOf(
      fork(
        'failFast',
        step('a', 1, { probe: probe(1), barrier: true }),
        step('b', 1, { probe: probe(1), barrier: true }),
      ),
    ),
    { rejection: 1, failure: 1, crash: 1, expiry: 1, stillUnknown: 1 },
    { requestsOutliveCrash: true },
  ),
  shape(
    'parked steps',
    planOf(step('a', 2, { ...parked, compensateWhenRejected: true }), pivot('p', 1, parked)),
    { rejection: 2, failure: 1, unsettled: 1, expiry: 1, retry: 2, cancel: 1 },
  ),
  shape(
    'parked steps with probes',
    planOf(
      step('a', 1, { ...parked, probe: probe(1) }),
      pivot('p', 1, { ...parked, probe: probe(1) }),
    ),
    { rejection: 1, unsettled: 2, crash: 1, stillUnknown: 1, unusable: 1, retry: 2, cancel: 1 },
  ),
  shape(
    'parked branches',
    planOf(fork('drain', step('a', 1, { ...parked, probe: probe(1) }), step('b', 1, parked))),
    { rejection: 1, failure: 1, unsettled: 1, stillUnknown: 1, retry: 2, cancel: 1 },
  ),
  shape(
    'transactional steps',
    planOf(step('a', 2, { ...commits, compensation: undoneInOneCommit }), pivot('p', 2, commits)),
    {
      rejection: 1,
      failure: 2,
      unsettled: 1,
      crash: 1,
      expiry: 1,
      lostReply: 1,
      cancel: 1,
      retry: 1,
    },
    { requestsOutliveCrash: true },
  ),
  shape(
    'some transactional steps',
    planOf(step('a', 2, commits), step('b', 2, { compensation: undoneInOneCommit })),
    { rejection: 1, unsettled: 1, unusable: 1, crash: 1, expiry: 1, retry: 1, cancel: 1 },
    { requestsOutliveCrash: true },
  ),
  shape(
    'transactional branches that fail fast',
    planOf(
      fork(
        'failFast',
        step('a', 2, { ...commits, barrier: true }),
        step('b', 2, { barrier: true, compensation: undoneInOneCommit }),
      ),
    ),
    { rejection: 1, failure: 1, crash: 1, expiry: 1, cancel: 1 },
  ),
]
