import { expect, it } from 'vitest'

import type { NoopReason } from '../../../packages/engine/src/core/event.ts'
import { rowTexts } from '../../../packages/cli/src/row-texts.ts'
import { began, cause, failed, fallingBack, succeeded, undone, viaFallback } from '../core/facts.ts'

const steps = (count: number) => Array.from({ length: count }, (_, index) => `issue[${index}]`)

const noop = (step: string, reason: NoopReason) =>
  ({ type: 'compensation_succeeded', branch: 'main', step, attempt: 2, noop: reason }) as const

it('tells a few ends one by one', () => {
  expect(rowTexts(steps(2).map((step) => succeeded(step)))).toEqual([
    'issue[0]: done',
    'issue[1]: done',
  ])
})

it('tells many ends together, and what else there is in the row', () => {
  const joined = { type: 'fork_joined', branch: 'main', fork: 'tickets' } as const
  expect(rowTexts([...steps(6).map((step) => succeeded(step)), joined])).toEqual([
    'issue[0], issue[1], issue[2], issue[3] and 2 more: done',
    'tickets: all branches are done',
  ])
  expect(rowTexts(steps(5).map((step) => undone(step)))).toEqual([
    'issue[0], issue[1], issue[2], issue[3] and 1 more: undone',
  ])
})

it('tells each compensation that had nothing to undo, and why', () => {
  const noops = steps(5).map((step) => noop(step, 'never_ran'))
  const texts = rowTexts([...noops, noop('pay', 'already_undone')])
  expect(texts).toHaveLength(6)
  expect(texts[0]).toBe('issue[0]: noop, the action had no effect (attempt 2)')
  expect(texts[5]).toBe('pay: noop, an earlier attempt has undone it (attempt 2)')
})

it('names some of the steps that are to be undone, and how many there are', () => {
  const [text] = rowTexts([began(cause('rejection', 'mail'), ...steps(22))])
  expect(text).toMatch(/; to undo: issue\[0\], .*, issue\[19\] and 2 more$/)
  expect(rowTexts([began(cause('rejection', 'mail'))])[0]).toMatch(/; to undo: nothing$/)
})

it('tells of forks and their branches', () => {
  const halted = { code: 'poison_task', direction: 'forward', step: 'seat' } as const
  const failure = { kind: 'error', code: 'poison', message: 'It died.' } as const
  const branches = Array.from({ length: 22 }, (_, index) => `tickets/${index}`)
  expect(
    rowTexts([
      { type: 'fork_began', branch: 'main', fork: 'tickets', items: ['a'] },
      { type: 'fork_began', branch: 'main', fork: 'tickets', items: ['a', 'b'] },
      { type: 'branch_halted', branch: 'book/flight', failure, ...halted },
      { type: 'lease_lost', branch: 'book/flight', claimId: 'c1' },
      { type: 'branches_abandoned', branch: 'tickets/22', branches },
    ]),
  ).toEqual([
    'tickets: goes on in branches, one item',
    'tickets: goes on in branches, one for each of 2 items',
    'book/flight: cannot go on, poison_task at seat; the others go on',
    'the worker of book/flight was not heard of any more; its task was taken over',
    `not waited for: ${branches.slice(0, 20).join(', ')} and 2 more`,
  ])
})

it('tells of the other way', () => {
  const failedToo = { ...viaFallback(failed('pay', 3, null)), step: 'pay' }
  expect(
    rowTexts([
      fallingBack('pay'),
      fallingBack('pay', 'circuit_open'),
      viaFallback(succeeded('pay', 3)),
      failedToo,
    ]),
  ).toEqual([
    'pay: no more attempts at its action; its fallback is next',
    'pay: its circuit is open; its fallback is next',
    'pay: done via fallback (attempt 3)',
    expect.stringMatching(/^pay: attempt 3 failed via fallback, /),
  ])
})
