import { expect, test } from 'vitest'
import { takeSnapshot } from '../../../packages/engine/src/core/snapshot.ts'
import type { RetryPolicy } from '../../../packages/engine/src/core/retry-policy.ts'
import {
  began,
  cause,
  failed,
  failure,
  foundEffect,
  foundNothing,
  lost,
  notFound,
  probeFailed,
  probing as beginsProbe,
  rejectedByProbe,
  succeeded,
  undoFailed,
} from './facts.ts'
import { journal, stateAfter } from './journals.ts'
import { attempts, planOf, step } from './plans.ts'
import { throughSnapshot, type Rows } from './through-snapshot.ts'

const retry: RetryPolicy = {
  ...attempts(9),
  byCode: { broken: attempts(5), lease_lost: attempts(3) },
}
const plan = planOf(
  step('reserve', { retry, compensation: { type: 'handler', retry, timeoutMs: 1_000 } }),
)

test.each<[string, Rows]>([
  ['on its way forward', [failed('reserve', 1, 1), failed('reserve', 2, 1), lost('c1')]],
  [
    'on its way back',
    [
      succeeded('reserve'),
      began(cause('canceled', null), 'reserve'),
      undoFailed('reserve', 1, 1),
      lost('c1'),
    ],
  ],
])('the budgets by code survive a snapshot %s', (_when, rows) => {
  const state = stateAfter(plan, rows)

  expect(throughSnapshot(plan, journal(rows))).toStrictEqual(state)
})

const probing = planOf(step('reserve', { probe: { retry, timeoutMs: 1_000 } }), step('charge'))
const asked: Rows = [failed('reserve', 1, 1), [failed('reserve', 2, null), beginsProbe('reserve')]]
const otherwise = { ...probeFailed('reserve', 2, 5), failure: failure('timeout') }

test.each<[string, Rows]>([
  ['that has just begun', asked],
  ['that could not tell', [...asked, probeFailed('reserve', 1, 5), otherwise]],
  ['whose worker was lost', [...asked, lost('c1'), lost('c2')]],
  ['that answered', [...asked, foundEffect('reserve', 2)]],
  [
    'that found nothing',
    [
      ...asked,
      [
        foundNothing('reserve'),
        rejectedByProbe('reserve', 2),
        began({ ...notFound, step: 'reserve' }),
      ],
    ],
  ],
  [
    'that never knew',
    [
      ...asked,
      [probeFailed('reserve', 1, null), began(cause('error', 'reserve'), 'reserve?')],
      undoFailed('reserve', 1, 1),
    ],
  ],
])('a probe %s survives a snapshot', (_when, rows) => {
  expect(throughSnapshot(probing, journal(rows))).toStrictEqual(stateAfter(probing, rows))
})

test('a step without failures that count elsewhere says nothing of them', () => {
  const other = planOf(step('reserve'))
  const snapshot = takeSnapshot(other, stateAfter(other, [failed('reserve', 1, 1)]))

  expect(Object.keys(snapshot?.changes['0'] ?? {}).toSorted()).toEqual([
    'first',
    'last',
    'notBefore',
    'quietAt',
    'status',
    'unknown',
  ])
})
