import type { FollowingEvent } from '../../../packages/engine/src/core/event.ts'
import type { Observation } from '../../../packages/engine/src/core/observation.ts'
import type { Example } from './example.ts'
import { on, undoForked } from './forks.ts'
import { began, cause, rejected, succeeded, undone } from './facts.ts'
import { now } from './journals.ts'
import { choice, forEach, forkingPlan, pivot, retriable, step, parallel } from './plans.ts'
import { claims, complete, halt, run, sawRejection, sawSuccess, sawUndone, undo } from './sights.ts'

const first = 'tickets/0'
const second = 'tickets/1'
const third = 'tickets/2'
const plan = forkingPlan(forEach('tickets', [step('issue'), step('send')]), step('mail'))
const listed = (...items: readonly string[]): Observation => {
  return { type: 'items_computed', branch: 'main', items, at: now }
}
const began3: FollowingEvent = {
  type: 'fork_began',
  branch: 'main',
  fork: 'tickets',
  items: ['ann', 'bob', 'cy'],
}
const joined: FollowingEvent = { type: 'fork_joined', branch: 'main', fork: 'tickets' }
const issued = (index: number) => on(`tickets/${index}`, succeeded(`issue[${index}]`))
const sent = (index: number) => on(`tickets/${index}`, succeeded(`send[${index}]`))
const noTicket = cause('rejection', 'issue[1]')
const failedSecond: readonly FollowingEvent[] = [
  on(second, rejected('issue[1]')),
  { type: 'branch_failed', branch: second, failure: noTicket },
]
const insured = forkingPlan(
  step('quote'),
  choice('insurance', 2),
  step('insure'),
  step('file'),
  pivot('pay'),
  retriable('mail'),
)
const asked = (taken: boolean): Observation => {
  return { type: 'choice_computed', branch: 'main', taken, at: now }
}
const chose = (taken: boolean): FollowingEvent => {
  return { type: 'choice_made', branch: 'main', choice: 'insurance', taken }
}

/** The same steps for each item of a list. */
export const eachExamples: readonly Example[] = [
  {
    name: 'asks for its list',
    plan,
    given: [],
    when: claims('c1'),
    follows: { commands: [{ type: 'compute_items', branch: 'main', fork: 'tickets' }] },
  },
  {
    name: 'begins as many items at once as it may',
    plan,
    given: [],
    when: listed('ann', 'bob', 'cy'),
    follows: {
      events: [began3],
      commands: [halt, on(first, run('issue[0]')), on(second, run('issue[1]'))],
      state: { items: { tickets: ['ann', 'bob', 'cy'] }, fork: { opened: 2 } },
    },
  },
  {
    name: 'goes on at once where the list is empty',
    plan,
    given: [],
    when: listed(),
    follows: {
      events: [{ ...began3, items: [] }, joined],
      commands: [run('mail')],
    },
  },
  {
    name: 'begins the next item when one is done',
    plan,
    given: [began3, issued(0), issued(1)],
    when: on(first, sawSuccess('send[0]')),
    follows: {
      events: [sent(0)],
      commands: [on(first, halt), on(third, run('issue[2]'))],
    },
  },
  {
    name: 'joins behind the last item',
    plan,
    given: [began3, issued(0), issued(1), sent(0), sent(1), issued(2)],
    when: on(third, sawSuccess('send[2]')),
    follows: { events: [sent(2), joined], commands: [on(third, halt), run('mail')] },
  },
  {
    name: 'begins no other item beside one that failed',
    plan,
    given: [began3, issued(0), failedSecond],
    when: on(first, sawSuccess('send[0]')),
    follows: {
      events: [sent(0), began(noTicket, 'send[0]', 'issue[0]'), undoForked('tickets')],
      commands: [on(first, undo('send[0]'))],
    },
  },
  {
    name: 'undoes as many items at once as it may, those that were done last first',
    plan,
    given: [
      began3,
      issued(0),
      issued(1),
      sent(0),
      sent(1),
      issued(2),
      [sent(2), joined],
      [
        rejected('mail'),
        began(
          cause('rejection', 'mail'),
          'send[2]',
          'issue[2]',
          'send[1]',
          'send[0]',
          'issue[1]',
          'issue[0]',
        ),
        undoForked('tickets'),
      ],
      on(third, undone('send[2]')),
    ],
    when: on(third, sawUndone('issue[2]')),
    follows: {
      events: [on(third, undone('issue[2]'))],
      commands: [on(third, halt), on(first, undo('send[0]'))],
      state: { fork: { paths: [third, second, first], opened: 3 } },
    },
  },
]

/** Steps that are taken or skipped. */
export const choiceExamples: readonly Example[] = [
  {
    name: 'asks for the choice',
    plan: insured,
    given: [],
    when: sawSuccess('quote'),
    follows: {
      events: [succeeded('quote')],
      commands: [{ type: 'compute_choice', branch: 'main', choice: 'insurance' }],
    },
  },
  {
    name: 'takes the steps of a choice',
    plan: insured,
    given: [succeeded('quote')],
    when: asked(true),
    follows: { events: [chose(true)], commands: [run('insure')] },
  },
  {
    name: 'skips the steps of a choice, whatever they are',
    plan: insured,
    given: [succeeded('quote')],
    when: asked(false),
    follows: {
      events: [chose(false)],
      commands: [run('pay')],
      state: {
        branches: { main: { cursor: 4 } },
        steps: {
          insure: { action: { status: 'skipped' } },
          file: { action: { status: 'skipped' } },
        },
      },
    },
  },
  {
    name: 'undoes nothing of what was skipped',
    plan: insured,
    given: [succeeded('quote'), chose(false)],
    when: sawRejection('pay'),
    follows: {
      events: [rejected('pay'), began(cause('rejection', 'pay'), 'quote')],
      commands: [undo('quote')],
    },
  },
  {
    name: 'ends behind a choice that was skipped',
    plan: forkingPlan(choice('insurance', 1), step('insure')),
    given: [],
    when: asked(false),
    follows: { events: [chose(false)], commands: [complete] },
  },
  {
    name: 'skips forks with a choice, and all that is in them',
    plan: forkingPlan(
      choice('abroad', 3),
      parallel('book', { flight: [step('seat')] }),
      forEach('tickets', [step('issue')]),
      step('insure'),
      step('mail'),
    ),
    given: [],
    when: { type: 'choice_computed', branch: 'main', taken: false, at: now },
    follows: {
      events: [{ type: 'choice_made', branch: 'main', choice: 'abroad', taken: false }],
      commands: [run('mail')],
      state: { steps: { insure: { action: { status: 'skipped' } } } },
    },
  },
]
