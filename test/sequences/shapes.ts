import { defineSaga } from '../../packages/engine/src/definition/define-saga.ts'
import type { SagaDefinition } from '../../packages/engine/src/definition/saga-definition.ts'
import type { Call } from './stage.ts'

/** A kind of saga: its definition, and what the model has to know of it. */
export interface Shape {
  readonly name: ShapeName
  readonly definition: SagaDefinition<unknown, unknown>
  /** Steps in the order in which they are done; those of a list are the branches of a fork. */
  readonly steps: readonly (string | readonly (readonly string[])[])[]
  readonly pivot: string | null
  /** The save-point is before this step, and so many rounds are gone through. */
  readonly returns: { readonly before: string; readonly rounds: number } | null
  /** The step behind the sleep and the wait. */
  readonly afterWait: string | null
}

export const shapeNames = ['order', 'trip', 'visit', 'quote'] as const
export type ShapeName = (typeof shapeNames)[number]

/** How often a step is tried. */
export const mostAttempts = 2
/** What every wait is waiting for. */
export const signalName = 'arrival'
/** For how long it sleeps, and then waits. */
export const sleepMs = 3_600_000

const anything = {
  '~standard': { version: 1, vendor: 'sequences', validate: (value: unknown) => ({ value }) },
} as const
const retry = {
  initialInterval: '10s',
  maximumInterval: '10s',
  maximumAttempts: mostAttempts,
} as const
const basics = { input: anything, defaults: { retry, timeout: '30s' } } as const

type Play = (call: Call) => Promise<unknown>

/** All shapes in one version; the second one has one more step, at the beginning. */
export function shapesOf(play: Play, version: number): Readonly<Record<ShapeName, Shape>> {
  const first = version === 1 ? [] : ['greet']
  return {
    order: {
      name: 'order',
      definition: order(play, version),
      steps: [...first, 'reserve', 'pack', 'charge', 'ship'],
      pivot: 'charge',
      returns: null,
      afterWait: null,
    },
    trip: {
      name: 'trip',
      definition: trip(play, version),
      steps: [...first, 'open', [['seat', 'meal'], ['room']], 'confirm'],
      pivot: null,
      returns: null,
      afterWait: null,
    },
    visit: {
      name: 'visit',
      definition: visit(play, version),
      steps: [...first, 'book', 'bill'],
      pivot: null,
      returns: null,
      afterWait: 'bill',
    },
    quote: {
      name: 'quote',
      definition: quote(play, version),
      steps: [...first, 'enter', 'offer', 'accept'],
      pivot: null,
      returns: { before: 'offer', rounds: 2 },
      afterWait: null,
    },
  }
}

function begin(play: Play, { name, version }: { readonly name: string; readonly version: number }) {
  const saga = defineSaga({ name, version, ...basics })
  return { saga, step: stepOf(play) }
}

function stepOf(play: Play) {
  return {
    action: play,
    compensation: play,
    compensationOptions: { retry, timeout: '30s' },
    barrier: true,
  } as const
}

function order(play: Play, version: number): Shape['definition'] {
  const { saga, step } = begin(play, { name: 'order', version })
  const started = version === 1 ? saga : saga.step('greet', step)
  return started
    .step('reserve', step)
    .step('pack', step)
    .pivot('charge', { action: play })
    .step('ship', { action: play, retry })
}

function trip(play: Play, version: number): Shape['definition'] {
  const { saga, step } = begin(play, { name: 'trip', version })
  const started = version === 1 ? saga : saga.step('greet', step)
  return started
    .step('open', step)
    .parallel('book', (fork) =>
      fork
        .branch('flight', (branch) => branch.step('seat', step).step('meal', step))
        .branch('hotel', (branch) => branch.step('room', step)),
    )
    .step('confirm', step)
}

function visit(play: Play, version: number): Shape['definition'] {
  const { saga, step } = begin(play, { name: 'visit', version })
  const started = version === 1 ? saga : saga.step('greet', step)
  return started
    .step('book', step)
    .sleep('until the day', '1h')
    .waitFor(signalName, { schema: anything, timeout: '1h' })
    .step('bill', step)
}

function quote(play: Play, version: number): Shape['definition'] {
  const { saga, step } = begin(play, { name: 'quote', version })
  const started = version === 1 ? saga : saga.step('greet', step)
  return started
    .step('enter', step)
    .savepoint('priced', { maximumRounds: 2 })
    .step('offer', step)
    .step('accept', step)
}

/** In the order of the plan. */
export function allSteps({ steps }: Shape): readonly string[] {
  return steps.flatMap((part) => (typeof part === 'string' ? [part] : part.flat()))
}

/** What must be done before a step: all that comes before its fork, and what comes before it on its own branch. */
export function stepsBefore(shape: Shape, step: string): readonly string[] {
  const before: string[] = []
  for (const part of shape.steps) {
    if (part === step) break
    const own = typeof part === 'string' ? undefined : part.find((line) => line.includes(step))
    if (own !== undefined) return [...before, ...own.slice(0, own.indexOf(step))]
    before.push(...(typeof part === 'string' ? [part] : part.flat()))
  }
  return before
}

/** What can be done only when a step is. */
export function stepsBehind(shape: Shape, step: string): readonly string[] {
  return allSteps(shape).filter((other) => stepsBefore(shape, other).includes(step))
}
