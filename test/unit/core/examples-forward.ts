import type { Example } from './example.ts'
import { began, cause, failed, failure, starting, stuck, succeeded } from './facts.ts'
import { startedAt, timeOf } from './journals.ts'
import { attempts, planOf, step } from './plans.ts'
import {
  cannot,
  claims,
  complete,
  computed,
  halt,
  run,
  sawError,
  sawSuccess,
  sawUndone,
  undo,
} from './sights.ts'

const two = planOf(step('reserve'), step('charge'))
const jittered = planOf(step('reserve', { retry: { ...attempts(3), jitter: 'full' } }))
const once = planOf(step('reserve', { retry: attempts(1) }))
const hurried = planOf(step('reserve', { retry: attempts(null), totalTimeoutMs: 10_000 }))

/** Success, retries and budgets of steps before the pivot. */
export const forwardExamples: readonly Example[] = [
  {
    name: 'runs its first step; the claim itself is the intent',
    plan: two,
    given: [],
    when: claims('c1'),
    follows: { commands: [run('reserve')] },
  },
  {
    name: 'sends a step to the queue of that step',
    plan: planOf(step('reserve', { queue: 'stock' })),
    given: [],
    when: claims('c1'),
    follows: { commands: [run('reserve', 1, { queue: 'stock' })] },
  },
  {
    name: 'without steps is complete at once',
    plan: planOf(),
    given: [],
    when: claims('c1'),
    follows: { commands: [complete] },
  },
  {
    name: 'goes to the next step after a success',
    plan: two,
    given: [],
    when: sawSuccess('reserve'),
    follows: {
      events: [succeeded('reserve')],
      commands: [run('charge')],
      state: {
        branches: { main: { cursor: 1 } },
        steps: {
          reserve: { action: { status: 'succeeded', output: 'reserve-done', settledSeq: 2 } },
        },
      },
    },
  },
  {
    name: 'computes its output after the last step',
    plan: two,
    given: [succeeded('reserve')],
    when: sawSuccess('charge'),
    follows: { events: [succeeded('charge')], commands: [complete] },
  },
  {
    name: 'whose output is known is completed',
    plan: two,
    given: [succeeded('reserve'), succeeded('charge')],
    when: computed({ total: 12 }),
    follows: {
      events: [{ type: 'saga_completed', output: { total: 12 } }],
      commands: [halt],
      state: { status: 'completed', output: { total: 12 }, failure: null },
    },
  },
  {
    name: 'does not complete while a step is open',
    plan: two,
    given: [succeeded('reserve')],
    when: computed(),
    follows: { commands: [run('charge')] },
  },
  {
    name: 'tries again after an error, with the delay of the first interval',
    plan: two,
    given: [],
    when: sawError('reserve'),
    follows: {
      events: [failed('reserve', 1, 1_000)],
      commands: [run('reserve', 2, { delayMs: 1_000 })],
      state: { steps: { reserve: { action: { status: 'scheduled', unknownAttempts: 1 } } } },
    },
  },
  {
    name: 'doubles the delay with each attempt',
    plan: two,
    given: [failed('reserve', 1, 1_000)],
    when: sawError('reserve', 2),
    follows: {
      events: [failed('reserve', 2, 2_000)],
      commands: [run('reserve', 3, { delayMs: 2_000 })],
    },
  },
  {
    name: 'draws the delay where the policy asks for jitter',
    plan: jittered,
    given: [failed('reserve', 1, 700)],
    when: sawError('reserve', 2, { random: 0.25 }),
    follows: {
      events: [failed('reserve', 2, 500)],
      commands: [run('reserve', 3, { delayMs: 500 })],
    },
  },
  {
    name: 'that is claimed too early waits for the rest of the delay',
    plan: two,
    given: [failed('reserve', 1, 1_000)],
    when: claims('c2', timeOf(2) + 400),
    follows: { commands: [run('reserve', 2, { delayMs: 600 })] },
  },
  {
    name: 'turns back when the last attempt fails, and undoes it as unknown',
    plan: two,
    given: [failed('reserve', 1, 1_000), failed('reserve', 2, 2_000)],
    when: sawError('reserve', 3),
    follows: {
      events: [failed('reserve', 3, null), began(cause('error', 'reserve'), 'reserve?')],
      commands: [undo('reserve', 1, { outcome: 'unknown' })],
      state: { status: 'compensating', steps: { reserve: { action: { status: 'unknown' } } } },
    },
  },
  {
    name: 'counts the attempts of each step for itself',
    plan: two,
    given: [failed('reserve', 1, 1_000), failed('reserve', 2, 2_000), succeeded('reserve', 3)],
    when: sawError('charge'),
    follows: {
      events: [failed('charge', 1, 1_000)],
      commands: [run('charge', 2, { delayMs: 1_000 })],
      state: {
        steps: {
          reserve: { action: { attempts: { ended: 3 } } },
          charge: { action: { attempts: { ended: 1 } }, compensation: { attempts: { ended: 0 } } },
        },
      },
    },
  },
  {
    name: 'makes another attempt while the total time allows it',
    plan: hurried,
    given: [failed('reserve', 1, 1_000), failed('reserve', 2, 2_000)],
    when: sawError('reserve', 3, { at: startedAt + 5_999 }),
    follows: {
      events: [failed('reserve', 3, 4_000)],
      commands: [run('reserve', 4, { delayMs: 4_000 })],
    },
  },
  {
    name: 'makes no attempt that would begin after the total time',
    plan: hurried,
    given: [failed('reserve', 1, 1_000), failed('reserve', 2, 2_000)],
    when: sawError('reserve', 3, { at: startedAt + 6_000 }),
    follows: {
      events: [failed('reserve', 3, null), began(cause('error', 'reserve'), 'reserve?')],
      commands: [undo('reserve', 1, { outcome: 'unknown' })],
    },
  },
  {
    name: 'that is claimed after the total time of a step that failed turns back',
    plan: hurried,
    given: [failed('reserve', 1, 1_000)],
    when: claims('c2', startedAt + 10_000),
    follows: {
      events: [began(cause('error', 'reserve'), 'reserve?')],
      commands: [undo('reserve', 1, { outcome: 'unknown' })],
    },
  },
  {
    name: 'that is claimed just before the total time of a step makes the attempt',
    plan: hurried,
    given: [failed('reserve', 1, 1_000)],
    when: claims('c2', startedAt + 9_999),
    follows: { commands: [run('reserve', 2)] },
  },
  {
    name: 'runs a step once even when it was first claimed after the total time',
    plan: hurried,
    given: [],
    when: claims('c1', startedAt + 60_000),
    follows: { commands: [run('reserve')] },
  },
  {
    name: 'writes the start of a step with one attempt ahead of it',
    plan: once,
    given: [],
    when: claims('c1'),
    follows: { events: [starting('reserve', 'c1')], commands: [run('reserve')] },
  },
  {
    name: 'writes a start once for each claim',
    plan: once,
    given: [starting('reserve', 'c1')],
    when: claims('c1'),
    follows: { commands: [run('reserve')] },
  },
  {
    name: 'writes another start for another claim, when the first was handed back',
    plan: once,
    given: [starting('reserve', 'c1')],
    when: claims('c2'),
    follows: { events: [starting('reserve', 'c2')], commands: [run('reserve')] },
  },
  {
    name: 'refuses a verdict on an undo that it has not begun',
    plan: two,
    given: [succeeded('reserve')],
    when: sawUndone('reserve'),
    follows: { refusal: 'The saga is running forward.' },
  },
  {
    name: 'keeps what could not be stored as an unknown attempt, and asks for an operator',
    plan: two,
    given: [],
    when: cannot('payload_invalid', { step: 'reserve', attempt: 1 }),
    follows: {
      events: [failed('reserve', 1, null), stuck('payload_invalid', 'reserve')],
      commands: [halt],
      state: {
        status: 'stuck',
        failure: null,
        stuck: { since: 2_000_000, failure: failure('error') },
      },
    },
  },
]
