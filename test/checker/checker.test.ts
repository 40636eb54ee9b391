import { expect, test } from 'vitest'
import { stuckCodes, type StuckCode } from '../../packages/engine/src/core/stuck.ts'
import { shippedRules } from './rules.ts'
import { bookOf, resumedFrom } from './saga-book.ts'
import { violationOf } from './search-report.ts'
import { searchAll, type SearchResult } from './search.ts'
import type { Shape } from './shape.ts'
import { quickShapes } from './shapes.ts'

/** More than any of these shapes has. */
const maximumStates = 250_000

interface Searched {
  readonly result: SearchResult
  readonly met: ReadonlySet<string>
}

const known = new Map<string, Searched>()

/** A search takes seconds, and both kinds of tests want what it came to. */
function searched(shape: Shape): Searched {
  const before = known.get(shape.name)
  if (before !== undefined) return before
  const book = bookOf(shape, shippedRules)
  const now = { result: searchAll(book, maximumStates), met: book.met() }
  known.set(shape.name, now)
  return now
}

test.each(quickShapes)('no interleaving breaks an invariant: $name', (shape) => {
  const { result } = searched(shape)
  expect(violationOf({ name: shape.name, result })).toBe('')
  expect(result.complete).toBe(true)
  expect(result.ends).toBeGreaterThan(0)
})

/** A search that never comes here would find nothing here. */
const toBeMet = [
  'action_starting',
  'action_succeeded',
  'action_rejected',
  'action_failed',
  'fallback_began',
  'lease_lost',
  'compensation_began',
  'compensation_succeeded',
  'compensation_failed',
  'compensation_reopened',
  'saga_completed',
  'saga_compensated',
  'saga_stuck',
  'saga_resumed',
  'cancel_requested',
  'cancel_refused',
  'late_result',
  'choice_made',
  'fork_began',
  'fork_joined',
  'branch_failed',
  'branch_stopped',
  'branch_halted',
  'branches_abandoned',
  'undo_forked',
  'undo_joined',
  'slept',
  'deadline_passed',
  'probing_began',
  'probe_answered',
  'probe_failed',
  ...stuckCodesOf(stuckCodes),
]

/** Each code is met, and so is what an operator makes of it. */
function stuckCodesOf(codes: typeof stuckCodes): readonly string[] {
  return Object.keys(codes).flatMap((code) => (isStuckCode(code) ? [code, resumedFrom(code)] : []))
}

function isStuckCode(code: string): code is StuckCode {
  return Object.hasOwn(stuckCodes, code)
}

test('the searches come by everything that a saga can come by', () => {
  const met = quickShapes.map((shape) => searched(shape).met)
  expect(toBeMet.filter((fact) => !met.some((facts) => facts.has(fact)))).toEqual([])
})
