import { describe, expect, it } from 'vitest'

import { stepLines } from '../../../packages/cli/src/step-lines.ts'
import type { FollowingEvent } from '../../../packages/engine/src/core/event.ts'
import {
  began,
  cause,
  failed,
  fallingBack,
  rejected,
  succeeded,
  undone,
  viaFallback,
} from '../core/facts.ts'
import { hotel, inFork, on, seatRejected, trip, undoForked } from '../core/forks.ts'
import { choice, forEach, forkingPlan, parallel, pivot, retriable, step } from '../core/plans.ts'
import { detailsOf } from './saga-details.ts'

type Rows = Parameters<typeof detailsOf>[1]

/** What stands in the first columns, as it would on a terminal. */
const shown = (plan: Parameters<typeof detailsOf>[0], rows: Rows): readonly string[] =>
  stepLines(detailsOf(plan, rows)).map(({ depth, label, action, undo, error }) =>
    [`${'  '.repeat(depth)}${label}`, action, undo, error].join(' | ').replace(/( \| )+$/, ''),
  )

const issued = (index: number) => on(`tickets/${index}`, succeeded(`issue[${index}]`))
const broken = (index: number) => on(`tickets/${index}`, failed(`issue[${index}]`, 1, 1_000))

const made = (taken: boolean): FollowingEvent => {
  return { type: 'choice_made', branch: 'main', choice: 'insurance', taken }
}

describe('the steps of a fork', () => {
  it('stand under their branches', () => {
    expect(shown(trip, [...inFork, on(hotel, succeeded('room'))])).toEqual([
      'quote | succeeded',
      'book | at work',
      '  flight | at work',
      '    seat | scheduled',
      '    meal | pending',
      '  hotel | done',
      '    room | succeeded',
      'mail | pending',
    ])
  })

  it('wait for the fork before it began', () => {
    expect(shown(trip, []).slice(1, 4)).toEqual([
      'book | pending',
      '  flight | pending',
      '    seat | pending',
    ])
  })
})

describe('the steps of a fork that has trouble', () => {
  it('tell which branch failed, which stopped and which are being undone', () => {
    const turned: Rows = [
      ...inFork,
      seatRejected,
      [
        on(hotel, succeeded('room')),
        began(cause('rejection', 'seat'), 'room', 'quote'),
        undoForked(),
      ],
    ]
    expect(shown(trip, turned)).toEqual([
      'quote | succeeded | needed',
      'book | turned back | at work',
      '  flight | failed',
      '    seat | rejected |  | card_declined: It ended in rejection.',
      '    meal | pending',
      '  hotel | done | at work',
      '    room | succeeded | needed',
      'mail | pending',
    ])
    expect(
      shown(trip, [
        ...turned,
        on(hotel, undone('room')),
        { type: 'undo_joined', branch: 'main', fork: 'book' },
      ])[1],
    ).toBe('book | turned back | compensated')
  })
})

describe('the steps of a fork with a branch that needs an operator', () => {
  it('tell which one it is', () => {
    const plan = forkingPlan(
      pivot('pay'),
      parallel('deliver', { parcel: [retriable('ship')], papers: [retriable('invoice')] }),
    )
    const halted: FollowingEvent = {
      type: 'branch_halted',
      code: 'handler_missing',
      direction: 'forward',
      branch: 'deliver/parcel',
      step: 'ship',
      failure: { kind: 'invalid', code: 'handler_missing', message: 'There is no handler.' },
    }
    const fork: FollowingEvent = {
      type: 'fork_began',
      branch: 'main',
      fork: 'deliver',
      items: null,
    }
    expect(shown(plan, [[succeeded('pay'), fork], halted])).toEqual([
      'pay (pivot) | succeeded',
      'deliver | at work',
      '  parcel | halted',
      '    ship | halted |  | handler_missing: There is no handler.',
      '  papers | at work',
      '    invoice | scheduled',
    ])
  })
})

describe('the steps of a list', () => {
  const plan = forkingPlan(forEach('tickets', [step('issue'), step('send')], { concurrency: 40 }))
  const items = Array.from({ length: 40 }, (_, index) => index)
  const list: FollowingEvent = { type: 'fork_began', branch: 'main', fork: 'tickets', items }

  it('stand once as long as there is no list', () => {
    expect(shown(plan, [])).toEqual([
      'tickets | pending',
      '  issue[…] | pending',
      '  send[…] | pending',
    ])
  })

  it('share a line where they went alike', () => {
    const rows = [list, issued(3), issued(4), broken(5), on('tickets/6', rejected('issue[6]'))]
    expect(shown(plan, rows)).toEqual([
      'tickets (40 items) | at work',
      '  issue ×36 | scheduled',
      '  issue ×2 | succeeded',
      '  issue[5] | scheduled |  | broken: It ended in error.',
      '  issue[6] | rejected |  | card_declined: It ended in rejection.',
      '  send ×38 | pending',
      '  send ×2 | scheduled',
    ])
  })

  it('have lines of their own up to twenty, and those that need an operator first', () => {
    const halt: FollowingEvent = {
      type: 'branch_halted',
      code: 'poison_task',
      direction: 'forward',
      branch: 'tickets/39',
      step: 'issue[39]',
      failure: { kind: 'error', code: 'poison', message: 'It died.' },
    }
    const lines = shown(plan, [list, ...items.slice(0, 30).map(broken), halt])
    expect(lines.slice(0, 3)).toEqual([
      'tickets (40 items) | at work',
      '  issue ×20 | scheduled',
      '  issue[0] | scheduled |  | broken: It ended in error.',
    ])
    expect(lines.filter((line) => line.startsWith('  issue['))).toHaveLength(20)
    expect(lines.at(21)).toBe('  issue[39] | halted |  | poison: It died.')
    expect(lines.at(22)).toBe('  send ×40 | pending')
  })
})

describe('the steps of a choice', () => {
  const plan = forkingPlan(choice('insurance', 1), step('insure'), step('mail'))

  it.each([
    ['before it is made', [], 'pending', 'pending'],
    ['that is taken', [made(true)], 'taken', 'scheduled'],
    ['that is skipped', [made(false)], 'skipped', 'skipped'],
  ])('stand under one %s', (_which, rows, word, inside) => {
    expect(shown(plan, rows).slice(0, 2)).toEqual([
      `insurance (when) | ${word}`,
      `  insure | ${inside}`,
    ])
    expect(shown(plan, rows)[2]).toMatch(/^mail/)
  })
})

describe('a step with another way', () => {
  const plan = forkingPlan(step('charge', { fallback: true }), step('pack'))
  const due: Rows = [[failed('charge', 1, null), fallingBack('charge')]]

  it('tells that it goes it, and that it has succeeded by it', () => {
    expect(shown(plan, due)[0]).toMatch(/^charge \| scheduled via fallback/)
    const done = [...due, viaFallback(succeeded('charge', 2))]
    expect(shown(plan, done)[0]).toMatch(/^charge \| succeeded via fallback/)
  })
})
