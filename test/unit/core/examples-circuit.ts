import type { Example } from './example.ts'
import {
  began,
  cancelRequested,
  canceled,
  cancelRefused,
  failed,
  fallingBack,
  lateSuccess,
  lost,
  probing,
  resumed,
  starting,
  stuck,
  succeeded,
} from './facts.ts'
import { now, timeOf } from './journals.ts'
import { attempts, parallel, forkingPlan, pivot, planOf, retriable, step } from './plans.ts'
import { ask, claims, claimsBehindCircuit, complete, halt, run, undo } from './sights.ts'

const breaker = { type: 'consecutive', failures: 2, halfOpenAfterMs: 5_000 } as const
const plan = planOf(step('reserve'), step('charge', { breaker }), step('pack'))
const either = planOf(step('reserve'), step('charge', { breaker, fallback: true }))
const hurried = planOf(step('reserve'), step('charge', { breaker, totalTimeoutMs: 10_000 }))
const announced = planOf(step('charge', { breaker, retry: attempts(1) }))
const decisive = planOf(step('reserve'), pivot('pay', { breaker, totalTimeoutMs: 10_000 }))
const behind = planOf(pivot('pay'), retriable('ship', { breaker, totalTimeoutMs: 10_000 }))
const waits = { delayMs: 4_000 }

const openTooLong = (name: string) =>
  ({
    kind: 'timeout',
    code: 'circuit_open',
    message: `The circuit of "${name}" was open until its total time was over.`,
  }) as const

const stuckOpen = (code: 'retriable_step_exhausted' | 'pivot_outcome_unknown', name: string) =>
  stuck(code, name, { failure: openTooLong(name) })

/** Steps whose circuit is open. */
export const circuitExamples: readonly Example[] = [
  {
    name: 'waits, and writes nothing down',
    plan,
    given: [succeeded('reserve')],
    when: claimsBehindCircuit('c1'),
    follows: { commands: [run('charge', 1, waits)] },
  },
  {
    name: 'waits without another attempt, however often it is claimed',
    plan,
    given: [succeeded('reserve'), failed('charge', 1, 1_000)],
    when: claimsBehindCircuit('c7'),
    follows: { commands: [run('charge', 2, waits)] },
  },
  {
    name: 'does not say that an attempt begins which is kept back',
    plan: announced,
    given: [],
    when: claimsBehindCircuit('c1'),
    follows: { commands: [run('charge', 1, waits)] },
  },
  {
    name: 'says so once it is let through',
    plan: announced,
    given: [],
    when: claims('c2'),
    follows: { events: [starting('charge', 'c2')], commands: [run('charge')] },
  },
  {
    name: 'keeps the delay of a retry that is not due yet',
    plan: either,
    given: [succeeded('reserve'), failed('charge', 1, 60_000)],
    when: claimsBehindCircuit('c1', 4_000, timeOf(3) + 20_000),
    follows: { commands: [run('charge', 2, { delayMs: 40_000 })] },
  },
  {
    name: 'goes the other way at once where there is one',
    plan: either,
    given: [succeeded('reserve')],
    when: claimsBehindCircuit('c1'),
    follows: {
      events: [fallingBack('charge', 'circuit_open')],
      commands: [run('charge', 1, { via: 'fallback' })],
    },
  },
  {
    name: 'goes on with the other way, which has no circuit',
    plan: either,
    given: [succeeded('reserve'), fallingBack('charge', 'circuit_open')],
    when: claimsBehindCircuit('c2'),
    follows: { commands: [run('charge', 1, { via: 'fallback' })] },
  },
  {
    name: 'is canceled all the same',
    plan,
    given: [succeeded('reserve'), cancelRequested],
    when: claimsBehindCircuit('c1'),
    follows: { events: [began(canceled, 'reserve')], commands: [undo('reserve')] },
  },
  {
    name: 'does not wait with what is behind a step that has reported late',
    plan,
    given: [succeeded('reserve'), lost('c1'), lateSuccess('charge', 'c1')],
    when: claimsBehindCircuit('c2'),
    follows: { events: [succeeded('charge', 1, 'charge-late')], commands: [run('pack')] },
  },
  {
    name: 'asks its probe all the same',
    plan: planOf(step('charge', { breaker, probe: { retry: attempts(1), timeoutMs: 5_000 } })),
    given: [[failed('charge', 1, null), probing('charge')]],
    when: claimsBehindCircuit('c1'),
    follows: { commands: [ask('charge')] },
  },
  {
    name: 'computes its output all the same',
    plan,
    given: [succeeded('reserve'), succeeded('charge'), succeeded('pack')],
    when: claimsBehindCircuit('c1'),
    follows: { commands: [complete] },
  },
  {
    name: 'refuses a cancel before it waits, or goes the other way, after the pivot',
    plan: planOf(pivot('pay'), retriable('ship', { breaker, fallback: true })),
    given: [succeeded('pay'), cancelRequested],
    when: claimsBehindCircuit('c1'),
    follows: {
      events: [cancelRefused, fallingBack('ship', 'circuit_open')],
      commands: [run('ship', 1, { via: 'fallback' })],
    },
  },
  {
    name: 'waits no longer than its total time',
    plan: hurried,
    given: [succeeded('reserve')],
    when: claimsBehindCircuit('c1', 4_000, timeOf(2) + 7_500),
    follows: { commands: [run('charge', 1, { delayMs: 2_500 })] },
  },
  {
    name: 'waits no longer than until the deadline of the saga',
    plan: { ...plan, deadlineMs: 10_000 },
    given: [succeeded('reserve')],
    when: claimsBehindCircuit('c1', 4_000, timeOf(1) + 9_000),
    follows: { commands: [run('charge', 1, { delayMs: 1_000 })] },
  },
  {
    name: 'turns back when that is over, and has nothing to undo that never ran',
    plan: hurried,
    given: [succeeded('reserve')],
    when: claimsBehindCircuit('c1', 4_000, timeOf(2) + 10_000),
    follows: {
      events: [began({ ...openTooLong('charge'), step: 'charge' }, 'reserve')],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'turns back when that is over before the pivot could decide anything',
    plan: decisive,
    given: [succeeded('reserve')],
    when: claimsBehindCircuit('c1'),
    follows: {
      events: [began({ ...openTooLong('pay'), step: 'pay' }, 'reserve')],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'is stuck when that is over while nobody knows what the pivot did',
    plan: decisive,
    given: [
      succeeded('reserve'),
      [failed('pay', 1, null), stuck('pivot_outcome_unknown', 'pay')],
      resumed,
    ],
    when: claimsBehindCircuit('c1'),
    follows: { events: [stuckOpen('pivot_outcome_unknown', 'pay')], commands: [halt] },
  },
  {
    name: 'is stuck when that is over after the pivot',
    plan: behind,
    given: [succeeded('pay')],
    when: claimsBehindCircuit('c1', 4_000, now),
    follows: { events: [stuckOpen('retriable_step_exhausted', 'ship')], commands: [halt] },
  },
  {
    name: 'goes on with what another circuit is about',
    plan: forkingPlan(parallel('side', { one: [step('a', { breaker })], two: [step('b')] })),
    given: [],
    when: claimsBehindCircuit('c1'),
    follows: {
      events: [{ type: 'fork_began', branch: 'main', fork: 'side', items: null }],
      commands: [halt, run('a', 1, { branch: 'side/one' }), run('b', 1, { branch: 'side/two' })],
    },
  },
]
