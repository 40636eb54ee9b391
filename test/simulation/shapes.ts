import { valueAt } from '../../packages/engine/src/core/key-map.ts'
import type { Plan } from '../../packages/engine/src/core/plan.ts'
import { pivotOf, stepNode } from '../../packages/engine/src/core/plan-steps.ts'
import type { SagaState } from '../../packages/engine/src/core/state.ts'
import { defineSaga } from '../../packages/engine/src/definition/define-saga.ts'
import type { RegisteredSaga } from '../../packages/engine/src/definition/saga-definition.ts'
import { audit, batch, parade, race, trip } from './forked-shapes.ts'
import { bank, inquiry, office } from './watched-shapes.ts'
import { approval, haggle, parley, trial } from './waiting-shapes.ts'
import { defaults, input, outputOf, patient, played, retry, step } from './shape-parts.ts'

/** Finds the plan of a definition. */
export type PlanOf = (name: string, version: number) => Plan

/** Everything that the simulation knows about a kind of saga: a new shape is a new entry of `shapes`, and nothing else. */
export interface Shape {
  readonly definition: RegisteredSaga
  /** Stuck codes that this shape must never come to, whatever befalls it. */
  readonly neverStuckBy: readonly string[]
}

/** Steps on both sides of the pivot, on two queues, one of them with nothing to undo. */
const order = defineSaga({ name: 'order', version: 1, input, defaults })
  .step('reserve', { ...step, timeout: '2s' })
  .step('look', { action: played, compensation: 'none', reason: 'It only reads.' })
  .step('book', { ...step, queue: 'second' })
  .pivot('charge', { action: played, retry: patient })
  .step('ship', { action: played, queue: 'second' })
  .step('tell', { action: played, retry: { initialInterval: '2ms', maximumInterval: '20ms' } })
  .output((context) => outputOf(context.input))

/** No pivot: it can turn back to the very end. The last step has one attempt only. */
const travel = defineSaga({ name: 'travel', version: 3, input, defaults })
  .step('flight', { ...step, queue: 'second' })
  .step('hotel', { ...step, compensateWhenRejected: true, timeout: '2s' })
  .step('car', { ...step, rejectionCoversEarlierAttempts: true })
  .step('seat', { ...step, queue: 'second', retry: { ...retry, maximumAttempts: 1 } })
  .output((context) => outputOf(context.input))

/** The pivot first, and a bound on what comes after it. */
const payout = defineSaga({ name: 'payout', version: 1, input, defaults })
  .pivot('pay', { action: played, retry, rejectionCoversEarlierAttempts: true })
  .step('book', { action: played, retry: { ...retry, maximumAttempts: 6 }, queue: 'second' })

/** One queue, no time to lose, and a bound on the time of a whole step. */
const quick = defineSaga({ name: 'quick', version: 2, input, defaults })
  .step('one', { ...step, totalTimeout: '4s' })
  .step('two', step)
  .step('three', { ...step, retry: { ...retry, jitter: 'none' } })

const everyone = ['handler_missing', 'parked_by_policy']

const breaker = { consecutiveFailures: 1, halfOpenAfter: '1500ms' } as const

/** Circuits, and other ways: before a pivot, behind it, and where nothing can be done but wait. */
const relay = defineSaga({ name: 'relay', version: 1, input, defaults })
  .step('hold', { ...step, breaker, fallback: played, retry: { ...retry, maximumAttempts: 3 } })
  .step('wait', { ...step, breaker, queue: 'second' })
  .step('once', { ...step, fallback: played, retry: { ...retry, maximumAttempts: 1 } })
  .pivot('pay', { action: played, retry: patient, breaker })
  .step('send', { action: played, breaker, fallback: played })
  .output((context) => outputOf(context.input))

/** All shapes. */
export const shapes: readonly Shape[] = [
  { definition: order, neverStuckBy: [...everyone, 'retriable_step_exhausted'] },
  {
    definition: travel,
    neverStuckBy: [...everyone, 'retriable_step_exhausted', 'pivot_outcome_unknown'],
  },
  { definition: haggle, neverStuckBy: [...everyone, 'retriable_step_exhausted'] },
  { definition: payout, neverStuckBy: [...everyone, 'compensation_exhausted', 'orphan_effect'] },
  {
    definition: quick,
    neverStuckBy: [...everyone, 'retriable_step_exhausted', 'pivot_outcome_unknown'],
  },
  { definition: relay, neverStuckBy: everyone },
  { definition: trip, neverStuckBy: [...everyone, 'retriable_step_exhausted'] },
  {
    definition: batch,
    neverStuckBy: [...everyone, 'retriable_step_exhausted', 'pivot_outcome_unknown'],
  },
  {
    definition: race,
    neverStuckBy: [...everyone, 'retriable_step_exhausted', 'pivot_outcome_unknown'],
  },
  { definition: audit, neverStuckBy: [...everyone, 'retriable_step_exhausted'] },
  {
    definition: parade,
    neverStuckBy: [
      ...everyone,
      'compensation_exhausted',
      'orphan_effect',
      'retriable_step_exhausted',
    ],
  },
  { definition: inquiry, neverStuckBy: [...everyone, 'retriable_step_exhausted'] },
  { definition: trial, neverStuckBy: [...everyone, 'retriable_step_exhausted'] },
  { definition: approval, neverStuckBy: [...everyone, 'retriable_step_exhausted'] },
  { definition: parley, neverStuckBy: [...everyone, 'retriable_step_exhausted'] },
  { definition: office, neverStuckBy: ['handler_missing'] },
  {
    definition: bank,
    neverStuckBy: [...everyone, 'retriable_step_exhausted', 'pivot_outcome_unknown'],
  },
]

const byName = new Map(shapes.map((shape) => [nameOf(shape.definition), shape]))

function nameOf({ name, version }: { readonly name: string; readonly version: number }): string {
  return `${name}@${version}`
}

/** The shape of a saga. */
export function shapeOf(name: string, version: number): Shape {
  const shape = byName.get(nameOf({ name, version }))
  if (shape === undefined) throw new RangeError(`There is no shape ${name}@${version}.`)
  return shape
}

/** The plan of a saga. */
export const planOf: PlanOf = (name, version) => shapeOf(name, version).definition.plan

/** Whether a step leaves nothing behind that would have to be undone. */
export function isHarmless(plan: Plan, key: string): boolean {
  const node = stepNode(plan, key)
  return node.role === 'compensatable' && node.compensation.type === 'none'
}

/** Whether a saga only goes forward. */
export function hasPassedPivot(plan: Plan, state: SagaState): boolean {
  const pivot = pivotOf(plan)
  return pivot !== null && valueAt(state.steps, pivot.name)?.action.status === 'succeeded'
}
