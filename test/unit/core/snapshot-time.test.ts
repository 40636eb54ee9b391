import { expect, test } from 'vitest'

import { fold, foldRest } from '../../../packages/engine/src/core/fold.ts'
import { began, deadlinePassed, failed, overdue, slept, succeeded } from './facts.ts'
import { journal } from './journals.ts'
import { forkingPlan, pivot, retriable, sleep, step } from './plans.ts'
import { throughSnapshot, type Rows } from './through-snapshot.ts'

const plan = {
  ...forkingPlan(
    step('reserve'),
    sleep('cool off', 60_000),
    step('charge'),
    pivot('pay'),
    sleep('rest', 1_000),
    retriable('ship'),
  ),
  deadlineMs: 10_000,
}

test.each<readonly [string, Rows]>([
  ['asleep', [succeeded('reserve')]],
  ['awake', [succeeded('reserve'), slept('cool off')]],
  ['at work behind a sleep', [succeeded('reserve'), slept('cool off'), failed('charge', 1, 1_000)]],
  [
    'late behind its pivot, and asleep',
    [
      succeeded('reserve'),
      slept('cool off'),
      succeeded('charge'),
      [succeeded('pay'), deadlinePassed],
    ],
  ],
  [
    'late, and on its way back',
    [succeeded('reserve'), [deadlinePassed, began(overdue, 'reserve')]],
  ],
])('a snapshot of a saga that is %s tells it as its journal does', (_, rows) => {
  const entries = journal(rows)
  for (let cut = 1; cut <= entries.length; cut += 1) {
    const restored = throughSnapshot(plan, entries.slice(0, cut))
    expect(restored).toStrictEqual(fold(plan, 'saga-1', entries.slice(0, cut)))
    if (restored === undefined) continue
    expect(foldRest(plan, restored, entries.slice(cut))).toStrictEqual(
      fold(plan, 'saga-1', entries),
    )
  }
})
