import type { FollowingEvent } from '../../../packages/engine/src/core/event.ts'
import type { Example } from './example.ts'
import {
  began,
  compensated,
  failed,
  failure,
  foundEffect,
  foundNothing,
  lost,
  notFound,
  probeFailed,
  probing,
  rejected,
  rejectedByProbe,
  resumed,
  succeeded,
} from './facts.ts'
import { flight, forked, hotel, on, rejection, undoForked } from './forks.ts'
import { attempts, forEach, forkingPlan, parallel, step } from './plans.ts'
import {
  ask,
  asksToRetry,
  claims,
  halt,
  run,
  sawEffect,
  sawError,
  sawNothing,
  sawProbeError,
  sawRejection,
  sawSuccess,
  undo,
} from './sights.ts'

const first = 'tickets/0'
const second = 'tickets/1'
const probe = { retry: attempts(2), timeoutMs: 5_000 }
const issue = step('issue', { retry: attempts(1), probe, onFailure: 'park' })
const plan = forkingPlan(forEach('tickets', [issue]))
const listed: FollowingEvent = {
  type: 'fork_began',
  branch: 'main',
  fork: 'tickets',
  items: ['ann', 'bob'],
}
const doubtful = [on(first, failed('issue[0]', 1, null)), on(first, probing('issue[0]'))]
const silent = [
  on(first, probeFailed('issue[0]', 1, 1_000)),
  on(first, probeFailed('issue[0]', 2, null)),
]
const record = (branch: string, key: string, why = failure('rejection')) => {
  const at = { branch, step: key, failure: why } as const
  return { code: 'parked_by_policy', direction: 'forward', ...at } as const
}
const halted = (...at: Parameters<typeof record>): FollowingEvent => {
  return { type: 'branch_halted', ...record(...at) }
}
const firstHalted = halted(first, 'issue[0]', failure('error'))
const secondHalted = [on(second, rejected('issue[1]')), halted(second, 'issue[1]')]
const stuckAtFirst: FollowingEvent = {
  type: 'saga_stuck',
  ...record(first, 'issue[0]', failure('error')),
}

const branches = {
  flight: [step('seat')],
  hotel: [step('room', { retry: attempts(1), probe, onFailure: 'park' })],
}
const trip = forkingPlan(parallel('book', branches))
const seatRejected: readonly FollowingEvent[] = [
  on(flight, rejected('seat')),
  { type: 'branch_failed', branch: flight, failure: rejection },
]
const stopped: FollowingEvent = { type: 'branch_stopped', branch: hotel }

/** Branches that find out what became of their steps, or ask for an operator: each for itself. */
export const forkDoubtExamples: readonly Example[] = [
  {
    name: 'asks the probe for the item whose outcome is unknown',
    plan,
    given: [listed],
    when: on(first, sawError('issue[0]')),
    follows: {
      events: doubtful,
      commands: [on(first, ask('issue[0]'))],
      state: {
        steps: {
          'issue[0]': { action: { probe: { ended: 0 } } },
          'issue[1]': { action: { probe: null } },
        },
      },
    },
  },
  {
    name: 'ends the branch of an item whose effect is found',
    plan,
    given: [listed, doubtful],
    when: on(first, sawEffect('issue[0]')),
    follows: {
      events: foundEffect('issue[0]', 1).map((event) => on(first, event)),
      commands: [on(first, halt)],
    },
  },
  {
    name: 'parks an item of which nothing is found, while the others go on',
    plan,
    given: [listed, doubtful],
    when: on(first, sawNothing('issue[0]')),
    follows: {
      events: [
        on(first, foundNothing('issue[0]')),
        on(first, rejectedByProbe('issue[0]', 1)),
        halted(first, 'issue[0]', notFound),
      ],
      commands: [on(first, halt)],
      state: { status: 'running' },
    },
  },
  {
    name: 'asks again for the same item after a lost lease',
    plan,
    given: [listed, doubtful, on(first, lost('c2'))],
    when: on(first, claims('c3')),
    follows: { commands: [on(first, ask('issue[0]', 2))] },
  },
  {
    name: 'is stuck when the others have come to their ends beside a parked one',
    plan,
    given: [listed, doubtful, ...silent.slice(0, 1), [...silent.slice(1), firstHalted]],
    when: on(second, sawSuccess('issue[1]')),
    follows: {
      events: [on(second, succeeded('issue[1]')), stuckAtFirst],
      commands: [on(second, halt)],
      state: { status: 'stuck', stuck: { code: 'parked_by_policy', branch: first } },
    },
  },
  {
    name: 'that is retried asks the probe where there is a doubt, and tries again where there is none',
    plan,
    given: [
      listed,
      doubtful,
      ...silent.slice(0, 1),
      [...silent.slice(1), firstHalted],
      [...secondHalted, stuckAtFirst],
    ],
    when: asksToRetry,
    follows: {
      events: [resumed, on(first, probing('issue[0]'))],
      commands: [on(first, ask('issue[0]')), on(second, run('issue[1]', 2))],
      state: { status: 'running' },
    },
  },
  {
    name: 'parks nothing where a branch beside it has failed',
    plan: trip,
    given: [forked, seatRejected],
    when: on(hotel, sawRejection('room')),
    follows: {
      events: [on(hotel, rejected('room')), stopped, began(rejection), compensated],
      commands: [on(hotel, halt)],
    },
  },
  {
    name: 'asks no further where a branch beside it has failed, and undoes what may stand',
    plan: trip,
    given: [forked, [on(hotel, failed('room', 1, null)), on(hotel, probing('room'))], seatRejected],
    when: on(hotel, sawProbeError('room')),
    follows: {
      events: [
        on(hotel, probeFailed('room', 1, 1_000)),
        stopped,
        began(rejection, 'room?'),
        undoForked(),
      ],
      commands: [on(hotel, undo('room', 1, { outcome: 'unknown' }))],
    },
  },
]
