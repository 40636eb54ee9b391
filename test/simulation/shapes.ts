import type { Plan, StepNode } from '../../packages/engine/src/core/plan.ts'
import type { SagaState } from '../../packages/engine/src/core/state.ts'
import { defineSaga } from '../../packages/engine/src/definition/define-saga.ts'
import type { RegisteredSaga } from '../../packages/engine/src/definition/saga-definition.ts'
import { garbage, readScript } from './script.ts'

/** Finds the plan of a definition. */
export type PlanOf = (name: string, version: number) => Plan

/** Everything that the simulation knows about a kind of saga: a new shape is a new entry of `shapes`, and nothing else. */
export interface Shape {
  readonly definition: RegisteredSaga
  /** Stuck codes that this shape must never come to, whatever befalls it. */
  readonly neverStuckBy: readonly string[]
}

/** What every saga is given: a script of how its participants will behave. The scene draws it; nobody has to check it. */
const input = {
  '~standard': {
    version: 1,
    vendor: 'simulation',
    validate: (value: unknown) => ({ value }),
  },
} as const

/** The scene puts its own participants in the place of the handlers. */
const played = (): never => {
  throw new Error('The scene did not take this handler over.')
}

function outputOf(given: unknown): string {
  const { output } = readScript(given)
  if (output === 'throw') throw new Error('There is no output.')
  return output === 'well' ? 'done' : garbage
}

const retry = { initialInterval: '60ms', maximumInterval: '500ms', maximumAttempts: 5 } as const
const patient = { ...retry, maximumAttempts: 40 } as const
const defaults = { timeout: '1200ms', retry } as const
const undo = {
  compensation: played,
  compensationOptions: { retry: patient, timeout: '600ms' },
} as const
const step = { action: played, ...undo }

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

/** All shapes. */
export const shapes: readonly Shape[] = [
  { definition: order, neverStuckBy: [...everyone, 'retriable_step_exhausted'] },
  {
    definition: travel,
    neverStuckBy: [...everyone, 'retriable_step_exhausted', 'pivot_outcome_unknown'],
  },
  { definition: payout, neverStuckBy: [...everyone, 'compensation_exhausted', 'orphan_effect'] },
  {
    definition: quick,
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

/** All steps of a plan, wherever they stand. */
export function stepsOf(plan: Plan): readonly StepNode[] {
  return plan.nodes
}

/** A step of a plan. */
export function stepNamed(plan: Plan, name: string): StepNode {
  const node = stepsOf(plan).find((one) => one.name === name)
  if (node === undefined) throw new RangeError(`"${plan.name}" has no step "${name}".`)
  return node
}

/** Whether a step leaves nothing behind that would have to be undone. */
export function isHarmless(node: StepNode): boolean {
  return node.role === 'compensatable' && node.compensation.type === 'none'
}

/** Whether a saga only goes forward. */
export function hasPassedPivot(plan: Plan, state: SagaState): boolean {
  return stepsOf(plan).some(
    ({ role, name }) => role === 'pivot' && state.steps[name]?.action.status === 'succeeded',
  )
}
