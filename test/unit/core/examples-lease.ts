import { leaseLostFailure } from '../../../packages/engine/src/core/failure.ts'
import type { Example } from './example.ts'
import {
  began,
  cancelRequested,
  canceled,
  cause,
  failed,
  lost,
  rejected,
  starting,
  stuck,
  succeeded,
  undoFailed,
  undone,
} from './facts.ts'
import { timeOf } from './journals.ts'
import { attempts, pivot, planOf, retriable, step } from './plans.ts'
import { claims, complete, halt, run, sawError, sawRejection, undo } from './sights.ts'

const two = planOf(step('reserve'), step('charge'))
const patient = planOf(step('reserve', { retry: attempts(null) }), step('charge'))
const once = planOf(step('reserve', { retry: attempts(1) }))
const patientUndo = planOf(
  step('reserve', { compensation: { type: 'handler', retry: attempts(20), timeoutMs: 30_000 } }),
  step('charge'),
)
const lostCause = { ...leaseLostFailure, step: 'reserve' }
const deaths = (count: number) => Array.from({ length: count }, (_, index) => lost(`c${index + 1}`))
const killed = (doing: string) =>
  ({
    kind: 'lease_lost',
    code: 'poison_task',
    message: `Workers were lost 5 times in a row while they ${doing}, the last 3 times with nothing beside it.`,
  }) as const
const rejection = [
  succeeded('reserve'),
  [rejected('charge'), began(cause('rejection', 'charge'), 'reserve')],
]
/** An attempt's time and the grace on top of it, from the row in which its lease was lost. */
const quietMs = 35_000

/** Workers that were not heard of again, in both directions. */
export const leaseExamples: readonly Example[] = [
  {
    name: 'takes a lost lease for an attempt of unknown outcome, and tries again at once',
    plan: two,
    given: [lost('c1')],
    when: claims('c2', timeOf(2)),
    follows: {
      commands: [run('reserve', 2)],
      state: {
        branches: { main: { deaths: 1 } },
        steps: {
          reserve: { action: { unknownAttempts: 1, attempts: { lastFailure: leaseLostFailure } } },
        },
      },
    },
  },
  {
    name: 'turns back when a lost lease was the last attempt, once its handler is surely quiet',
    plan: two,
    given: [failed('reserve', 1, 1_000), failed('reserve', 2, 2_000), lost('c3')],
    when: claims('c4', timeOf(4)),
    follows: {
      events: [began(lostCause, 'reserve?')],
      commands: [undo('reserve', 1, { outcome: 'unknown', delayMs: quietMs })],
    },
  },
  {
    name: 'counts a lost lease against the step it was at, whatever was requested in between',
    plan: two,
    given: [cancelRequested, lost('c1')],
    when: claims('c2', timeOf(3) + 5_000),
    follows: {
      events: [began(canceled, 'reserve?')],
      commands: [undo('reserve', 1, { outcome: 'unknown', delayMs: quietMs - 5_000 })],
    },
  },
  {
    name: 'undoes a rejected step whose earlier attempt was lost',
    plan: two,
    given: [lost('c1')],
    when: sawRejection('reserve', 2),
    follows: {
      events: [rejected('reserve', 2), began(cause('rejection', 'reserve'), 'reserve?')],
      commands: [undo('reserve', 1, { outcome: 'unknown' })],
    },
  },
  {
    name: 'knows that a step whose start is not in the journal never ran',
    plan: once,
    given: [lost('c1')],
    when: claims('c2'),
    follows: { events: [starting('reserve', 'c2')], commands: [run('reserve')] },
  },
  {
    name: 'knows that a step which another claim had announced did not run under the lost one',
    plan: once,
    given: [starting('reserve', 'c1'), lost('c2')],
    when: claims('c3'),
    follows: { events: [starting('reserve', 'c3')], commands: [run('reserve')] },
  },
  {
    name: 'does not give a second attempt to a step with one, once its start was written',
    plan: once,
    given: [starting('reserve', 'c1'), lost('c1')],
    when: claims('c2'),
    follows: {
      events: [began(lostCause, 'reserve?')],
      commands: [undo('reserve', 1, { outcome: 'unknown' })],
      state: { status: 'compensating' },
    },
  },
  {
    name: 'asks the pivot again under the same key when its lease was lost',
    plan: planOf(pivot('pay')),
    given: [starting('pay', 'c1'), lost('c1')],
    when: claims('c2'),
    follows: { events: [starting('pay', 'c2', 2)], commands: [run('pay', 2)] },
  },
  {
    name: 'is stuck when the last attempt at the pivot was lost',
    plan: planOf(pivot('pay', { retry: attempts(1) })),
    given: [starting('pay', 'c1'), lost('c1')],
    when: claims('c2'),
    follows: {
      events: [stuck('pivot_outcome_unknown', 'pay', { failure: leaseLostFailure })],
      commands: [halt],
    },
  },
  {
    name: 'tries on behind the pivot after lost leases',
    plan: planOf(pivot('pay'), retriable('ship')),
    given: [succeeded('pay'), lost('c1')],
    when: claims('c2'),
    follows: { commands: [run('ship', 2)] },
  },
  {
    name: 'runs a step again after two deaths',
    plan: patient,
    given: deaths(2),
    when: claims('c3'),
    follows: { commands: [run('reserve', 3)] },
  },
  {
    name: 'forgets the deaths of a step after any verdict',
    plan: patient,
    given: [...deaths(4), failed('reserve', 5, 1_000)],
    when: claims('c6'),
    follows: { commands: [run('reserve', 6)] },
  },
  {
    name: 'counts deaths only from one verdict to the next',
    plan: patient,
    given: [...deaths(4)],
    when: sawError('reserve', 5),
    follows: {
      events: [failed('reserve', 5, 16_000)],
      commands: [run('reserve', 6, { delayMs: 16_000 })],
      state: { branches: { main: { deaths: 0 } } },
    },
  },
  {
    name: 'is stuck, not compensated, when a step has killed three workers alone',
    plan: patient,
    given: deaths(5),
    when: claims('c6'),
    follows: {
      events: [stuck('poison_task', 'reserve', { failure: killed('ran "reserve"') })],
      commands: [halt],
      state: { status: 'stuck', failure: null },
    },
  },
  {
    name: 'turns back from a killer when that is asked for: it will not run again',
    plan: patient,
    given: [...deaths(5), cancelRequested],
    when: claims('c6'),
    follows: {
      events: [began(canceled, 'reserve?')],
      commands: [undo('reserve', 1, { outcome: 'unknown' })],
      state: { branches: { main: { deaths: 0 } } },
    },
  },
  {
    name: 'computes its output again after two deaths',
    plan: planOf(step('reserve')),
    given: [succeeded('reserve'), ...deaths(2)],
    when: claims('c3'),
    follows: { commands: [complete] },
  },
  {
    name: 'is stuck when computing its output kills',
    plan: planOf(step('reserve')),
    given: [succeeded('reserve'), ...deaths(5)],
    when: claims('c6'),
    follows: {
      events: [stuck('poison_task', null, { failure: killed('computed the output') })],
      commands: [halt],
    },
  },
  {
    name: 'takes a lost lease on the way back for a failed attempt at the undo',
    plan: two,
    given: [...rejection, lost('c1')],
    when: claims('c2'),
    follows: {
      commands: [undo('reserve', 2)],
      state: {
        failure: cause('rejection', 'charge'),
        steps: {
          reserve: {
            action: { attempts: { ended: 1 } },
            compensation: { attempts: { ended: 1, lastFailure: leaseLostFailure } },
          },
        },
      },
    },
  },
  {
    name: 'is stuck when a lost lease was the last attempt at an undo',
    plan: two,
    given: [...rejection, undoFailed('reserve', 1, 1_000), lost('c2')],
    when: claims('c3'),
    follows: {
      events: [
        stuck('compensation_exhausted', 'reserve', {
          direction: 'backward',
          failure: leaseLostFailure,
        }),
      ],
      commands: [halt],
      state: { steps: { reserve: { compensation: { status: 'blocked' } } } },
    },
  },
  {
    name: 'runs an undo again after two deaths',
    plan: patientUndo,
    given: [...rejection, ...deaths(2)],
    when: claims('c3'),
    follows: { commands: [undo('reserve', 3)] },
  },
  {
    name: 'forgets the deaths of one undo before the next',
    plan: planOf(step('reserve'), step('charge'), step('ship')),
    given: [
      succeeded('reserve'),
      succeeded('charge'),
      [rejected('ship'), began(cause('rejection', 'ship'), 'charge', 'reserve')],
      ...deaths(2),
      undone('charge', 3),
      lost('c4'),
    ],
    when: claims('c5'),
    follows: {
      commands: [undo('reserve', 2)],
      state: { branches: { main: { deaths: 1 } } },
    },
  },
  {
    name: 'is stuck when an undo has killed three workers alone',
    plan: patientUndo,
    given: [...rejection, ...deaths(5)],
    when: claims('c6'),
    follows: {
      events: [
        stuck('poison_task', 'reserve', {
          direction: 'backward',
          failure: killed('ran "reserve"'),
        }),
      ],
      commands: [halt],
      state: { steps: { reserve: { compensation: { status: 'needed' } } } },
    },
  },
]
