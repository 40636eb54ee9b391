import type { SagaState, StepState } from '../../packages/engine/src/core/state.ts'
import { noAttempts } from '../../packages/engine/src/core/attempts.ts'
import { entriesIn, withValue } from '../../packages/engine/src/core/key-map.ts'

/** The one moment at which everything happens. Waiting is not a later moment: it lets times that lie ahead pass. */
export const now = 1_000_000
/** How far ahead a retry lies. Steps of a checked plan wait exactly this long. */
export const delayMs = 1_000
/** How far ahead it lies that a handler is quiet which did not settle: the time-out of a checked plan, and the grace. */
export const quietMs = 35_000

/** How much of a state is left out as meaningless; `exact` leaves out nothing. */
export type Abstraction = 'exact' | Coarse

/** States that go on alike are one. */
export interface Coarse {
  /** Whether so many leases can be lost that the count of deaths decides anything. */
  readonly countsDeaths: boolean
  /** Whether counts of attempts stay that no rule of the shipped core reads any more; mutants may read them. */
  readonly keepsCounts: boolean
  /** Whether it decides anything that the last attempt was rejected. */
  readonly keepsRejections: boolean
}

/**
 * What decides of a state, as text: equal texts are states that go on alike. Times are ahead or not, rows keep their order
 * only, failures are alike, payloads are gone. Reads back as a state.
 */
export function abstractText(state: SagaState, abstraction: Abstraction): string {
  if (abstraction === 'exact') return JSON.stringify(state)
  const places = ranksOf(state)
  const shaped = abstraction.keepsCounts ? state : withoutSpentCounts(state)
  return JSON.stringify(shaped, (name, value: unknown) => {
    const { countsDeaths, keepsCounts, keepsRejections } = abstraction
    if (name === 'lastFailure' && keepsRejections && isRejection(value)) return aRejection
    if (name === 'deaths' && !countsDeaths) return 0
    if (name === 'unknownAttempts' && !keepsCounts) return Math.min(numberOf(value), 1)
    return abstractField(name, value, places)
  })
}

function isRejection(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'rejection'
  )
}

/** A state that was written as such a text. */
export function stateOfText(text: string): SagaState {
  const state: SagaState = JSON.parse(text)
  return state
}

const someFailure = { kind: 'error', code: 'some', message: 'some failure', step: null }

const aRejection = { ...someFailure, kind: 'rejection' }

/** Journal rows that no rule of the core asks for: people do, and whoever holds a claim. */
const rowsForPeople = new Set([
  'openedSeq',
  'seq',
  'scheduledSeq',
  'firstFailureSeq',
  'lastFailureSeq',
  'failureSeq',
])
const failures = new Set(['failure', 'firstFailure', 'lastFailure', 'turning'])
const deadlines = new Set(['notBefore', 'wakeAt', 'quietAt'])
const pastTimes = new Set(['since'])
/** Since when a time runs that is over or not. */
const clocks = new Set(['startedAt', 'scheduledAt'])
const payloads = new Set(['input', 'output'])

function abstractField(name: string, value: unknown, places: readonly number[]): unknown {
  if (rowsForPeople.has(name)) return 1_000
  if (name === 'settledSeq') return places.indexOf(numberOf(value)) + 1
  if (failures.has(name)) return value === null ? null : someFailure
  if (clocks.has(name)) return numberOf(value) < now ? 0 : now
  if (deadlines.has(name)) return aheadOf(name, numberOf(value))
  if (pastTimes.has(name)) return now
  return payloads.has(name) ? null : inOrder(value)
}

function aheadOf(name: string, time: number): number {
  if (time <= now) return 0
  return now + (name === 'quietAt' ? quietMs : delayMs)
}

/** Branches keep the order in which they were opened; other names have none. */
function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value)
  if (entries.some(([key]) => key.includes('/'))) return value
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

/** The rows in which actions were settled, in order. */
function ranksOf(state: SagaState): readonly number[] {
  const rows = entriesIn(state.steps).map(([, { action }]) => action.settledSeq)
  return [...new Set(rows)].filter((seq) => seq > 0).toSorted((a, b) => a - b)
}

/** Counts behind which the saga has gone on: no budget depends on them any more. */
function withoutSpentCounts(state: SagaState): SagaState {
  const turned = state.failure !== null
  const steps = entriesIn(state.steps).reduce(
    (map, [key, step]) => withValue(map, key, withoutCounts(step, turned)),
    state.steps,
  )
  // Who is on the way back has no deadline.
  return { ...state, steps, startedAt: turned ? now : state.startedAt }
}

function withoutCounts({ action, compensation }: StepState, turned: boolean): StepState {
  const undone = compensation.status === 'compensated' || compensation.status === 'noop'
  const past = turned || action.status === 'succeeded'
  const attempts = noAttempts(0)
  return {
    action: past
      ? {
          ...action,
          attempts,
          unknownAttempts: 0,
          settledSeq: turned ? 0 : action.settledSeq,
          lateSuccess: null,
          probe: null,
          scheduledAt: now,
          fallback: 'unused',
        }
      : action,
    compensation: undone ? { ...compensation, attempts } : compensation,
  }
}

/**
 * How long nothing happens: until retries and sleepers are due, lost handlers are quiet, the total times of steps are over, the
 * saga's deadline has passed.
 */
export const waits = ['retry', 'quiet', 'total', 'deadline'] as const

/** One of these; each is longer than those before it. */
export type Wait = (typeof waits)[number]

/** The same state after such a time. */
export function afterWaiting(state: SagaState, wait: Wait): SagaState {
  const passed = new Set<string>(times.slice(0, waits.indexOf(wait) + 1).flat())
  return stateOfText(
    JSON.stringify(state, (name, value: unknown) => (passed.has(name) ? 0 : value)),
  )
}

/** The times of a state that each wait is longer than. */
const times = [['notBefore', 'wakeAt'], ['quietAt'], ['scheduledAt'], ['startedAt']] as const
