import { describe, expect, test } from 'vitest'
import type { JournalEntry } from '../../../packages/engine/src/core/event.ts'
import { fold } from '../../../packages/engine/src/core/fold.ts'
import type { Plan } from '../../../packages/engine/src/core/plan.ts'
import { restore } from '../../../packages/engine/src/core/restore-snapshot.ts'
import { dueSnapshot, takeSnapshot } from '../../../packages/engine/src/core/snapshot.ts'
import { began, cause, failed, rejected, starting, succeeded, undone } from './facts.ts'
import { journal, stateAfter, timeOf } from './journals.ts'
import { harmless, pivot, planOf, retriable, step } from './plans.ts'
import { longSaga, throughSnapshot } from './through-snapshot.ts'

const sagaId = 'saga-1'
const plan = planOf(
  step('reserve'),
  harmless('look'),
  step('charge'),
  pivot('pay'),
  retriable('ship'),
)

test('what is stored under a version keeps its form', () => {
  const rows = [
    starting('reserve', 'c1'),
    succeeded('reserve'),
    succeeded('look'),
    failed('charge', 1, 500),
    [rejected('charge', 2), began(cause('rejection', 'charge'), 'charge?', 'reserve')],
    undone('charge'),
  ]

  // Snapshots like this one are in databases: another form needs another version.
  expect(takeSnapshot(plan, stateAfter(plan, rows))).toEqual({
    v: 1,
    seq: 7,
    status: 'compensating',
    cancel: 'none',
    failureSeq: 6,
    branches: { main: { cursor: 2, undo: [[0, 1]], deaths: 0, startingClaimId: null } },
    steps: [
      [0, 2, 3, 1, 'needed'],
      [2, 1, 6, 0, 'compensated'],
    ],
    changes: {
      2: {
        status: 'rejected',
        ended: 2,
        sinceResume: 2,
        first: 5,
        last: 6,
        unknown: 1,
        quietAt: timeOf(5),
        outcome: 'unknown',
      },
    },
    rows: [[1, 6]],
  })
})

test('the row whose number is a multiple of 100 carries the state before it', () => {
  const state = { ...stateAfter(plan, []), seq: 199 }

  expect(dueSnapshot(plan, state)).toEqual(takeSnapshot(plan, state))
  expect(dueSnapshot(plan, state)?.seq).toBe(199)
})

test('no row with another number carries one', () => {
  const state = stateAfter(plan, [])

  expect(dueSnapshot(plan, { ...state, seq: 98 })).toBeNull()
  expect(dueSnapshot(plan, { ...state, seq: 100 })).toBeNull()
})

// Folding so many rows takes its time, more so on a busy machine.
const patience = { timeout: 60_000 }

describe('a snapshot of many steps', () => {
  test.each([
    ['that went as they should', (name: string) => [succeeded(name)], 320],
    ['with a row between any two', (name: string) => [starting(name, 'c'), succeeded(name)], 320],
  ])('a thousand, %s, is tiny', patience, (_how, rowsOf, bytes) => {
    const { steps, rows } = longSaga(1_000, rowsOf)
    const long = planOf(...steps)

    const snapshot = takeSnapshot(long, stateAfter(long, rows.slice(0, -1)))

    expect(JSON.stringify(snapshot).length).toBeLessThan(bytes)
  })

  test('every other one to be undone, is tiny', patience, () => {
    const { steps, rows } = longSaga(400, (name) => [succeeded(name)])
    const long = planOf(
      ...steps.map((node, index) => (index % 2 === 0 ? harmless(node.name) : node)),
    )
    const owed = long.nodes
      .filter((_, index) => index % 2 === 1)
      .map(({ name }) => name)
      .toReversed()
    const turned = [...rows, began(cause('canceled', null), ...owed)]
    const undoing = [...turned, ...owed.slice(0, 100).map((name) => undone(name))]

    const entries = journal(undoing)
    const snapshot = takeSnapshot(long, fold(long, sagaId, entries))

    expect(JSON.stringify(snapshot).length).toBeLessThan(512)
    expect(throughSnapshot(long, entries)).toStrictEqual(fold(long, sagaId, entries))
  })

  test('of which one in ten failed once, still fits', patience, () => {
    const { steps, rows } = longSaga(500, (name, index) =>
      index % 10 === 0 ? [failed(name, 1, 1), succeeded(name, 2)] : [succeeded(name)],
    )
    const long = planOf(...steps)
    const entries = journal(rows)

    expect(throughSnapshot(long, entries)).toStrictEqual(fold(long, sagaId, entries))
  })
})

test('a step that is tried for ever leaves the rows between its first and its last failure unread', () => {
  const tries = Array.from({ length: 500 }, (_, index) => failed('reserve', index + 1, 1))

  const snapshot = takeSnapshot(plan, stateAfter(plan, tries))

  expect(snapshot?.rows).toEqual([
    [1, 2],
    [501, 501],
  ])
})

describe('what does not belong together is an error', () => {
  const entries = journal([succeeded('reserve')])
  const taken = takeSnapshot(plan, fold(plan, sagaId, entries))
  const withSnapshot = (rows: readonly JournalEntry[], of: Plan = plan) => {
    if (taken === null) throw new Error('There is no snapshot.')
    return () => restore(of, sagaId, taken, rows)
  }

  test('a row that was not read', () => {
    expect(withSnapshot(entries.slice(1))).toThrow(
      'Row 1 in the journal of saga saga-1 was not read',
    )
  })

  test.each([
    ['action_rejected', [rejected('reserve')]],
    ['another step', [succeeded('charge')]],
  ])('a row that tells of %s', (_what, events) => {
    const rows = [...entries.slice(0, 1), { seq: 2, at: 1, events }]

    expect(withSnapshot(rows)).toThrow('Row 2 in the journal of saga saga-1 does not tell')
  })

  test('a plan with fewer steps', () => {
    expect(withSnapshot(entries, planOf(step('reserve')))).toThrow('"order" has no step 2')
  })
})
