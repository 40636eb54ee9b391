import { doubtShapes } from './doubt-shapes.ts'
import { forkShapes } from './fork-shapes.ts'
import { timeShapes } from './time-shapes.ts'
import { pivot, planOf, promptly, retriable, shape, step } from './make-shape.ts'
import type { Shape } from './shape.ts'

const trouble = { rejection: 1, failure: 1, crash: 1, expiry: 1 } as const

/** The shapes of the full search. */
export const shapes: readonly Shape[] = [
  shape('two steps', planOf(step('a', 2), step('b', 2)), { ...trouble, cancel: 1, lostReply: 1 }),
  shape(
    'two steps whose handlers do not settle',
    planOf(step('a', 2), step('b', 2)),
    { rejection: 1, unsettled: 2, crash: 1, expiry: 1 },
    { requestsOutliveCrash: true },
  ),
  shape(
    'one attempt each',
    planOf(step('a', 1), step('b', 1)),
    { ...trouble, cancel: 1, unsettled: 1 },
    { requestsOutliveCrash: true },
  ),
  shape(
    'two crashes',
    planOf(step('a', 2), step('b', 2)),
    { rejection: 1, crash: 2, expiry: 2, handover: 1 },
    { requestsOutliveCrash: true },
  ),
  shape('three steps', planOf(step('a', 2), step('b', 2), step('c', 2)), {
    ...trouble,
    unsettled: 1,
  }),
  shape('a step and a pivot', planOf(step('a', 2), pivot('p', 2)), {
    ...trouble,
    cancel: 1,
    unsettled: 1,
    retry: 1,
  }),
  shape(
    'pivot of one attempt',
    planOf(step('a', 2), pivot('p', 1)),
    { ...trouble, cancel: 1, unsettled: 1, retry: 1 },
    { requestsOutliveCrash: true },
  ),
  shape(
    'pivot whose rejection covers',
    planOf(step('a', 2), pivot('p', 2, { rejectionCoversEarlierAttempts: true })),
    { ...trouble, cancel: 1, unsettled: 1, retry: 1 },
  ),
  shape('pivot and retriable', promptly(planOf(step('a', 2), pivot('p', 2), retriable('r', 2))), {
    ...trouble,
    cancel: 1,
    retry: 1,
  }),
  shape(
    'rejections',
    promptly(
      planOf(
        step('a', 2, { compensateWhenRejected: true }),
        step('b', 2, { rejectionCoversEarlierAttempts: true }),
      ),
    ),
    { ...trouble, rejection: 2, unsettled: 1, retry: 1 },
  ),
  shape(
    'hostile queue',
    planOf(step('a', 2), step('b', 2)),
    { crash: 1, expiry: 1, rejection: 1, cancel: 1, handover: 1, duplicate: 1, flush: 1 },
    { queue: true },
  ),
  shape('handlers that outlive their time', planOf(step('a', 2), step('b', 2)), {
    rejection: 1,
    unsettled: 1,
    expiry: 1,
    overdue: 1,
    retry: 2,
  }),
  shape(
    'steps with a total time',
    planOf(step('a', 3, { totalTimeoutMs: 60_000 }), pivot('p', 3, { totalTimeoutMs: 60_000 })),
    { failure: 1, unsettled: 1, rejection: 1, crash: 1, expiry: 1, cancel: 1 },
  ),
  shape('workers without the definition', planOf(step('a', 2), pivot('p', 2), retriable('r', 2)), {
    unknownDefinition: 1,
    retry: 2,
    rejection: 1,
    failure: 1,
    crash: 1,
    cancel: 1,
    unsettled: 1,
  }),
  shape('a step that kills', planOf(step('a', null)), { crash: 5, expiry: 1, retry: 1, cancel: 1 }),
  shape('operator', planOf(step('a', 2), step('b', 2)), {
    failure: 3,
    unusable: 1,
    retry: 1,
    rejection: 1,
    cancel: 1,
    expiry: 1,
  }),
  ...timeShapes,
  shape('a step with another way', planOf(step('a', 2, { fallback: true }), step('b', 2)), {
    failure: 2,
    crash: 1,
    rejection: 1,
    cancel: 1,
    openCircuit: 1,
  }),
  shape('another way, and more trouble', planOf(step('a', 2, { fallback: true }), step('b', 1)), {
    ...trouble,
    failure: 2,
    unsettled: 1,
    cancel: 1,
    openCircuit: 2,
  }),
  shape(
    'another way of one attempt, and behind the pivot',
    planOf(step('a', 1, { fallback: true }), pivot('p', 1), retriable('r', 1, { fallback: true })),
    { rejection: 1, failure: 2, crash: 1, expiry: 1, retry: 1, openCircuit: 1 },
  ),
  ...forkShapes,
  ...doubtShapes,
]

/** Those that are searched in a few seconds each: together they come by everything that a saga can come by. */
export const quickShapes: readonly Shape[] = [
  'two steps',
  'one attempt each',
  'pivot and retriable',
  'rejections',
  'hostile queue',
  'handlers that outlive their time',
  'a step that kills',
  'operator',
  'a step with another way',
  'branches that are canceled',
  'a branch that owes nothing fails fast',
  'branches behind the pivot',
  'a choice that is not taken',
  'one item after the other',
  'workers without the definition',
  'probes, and handlers that outlive their time',
  'parked steps with probes',
  'parked branches',
  'transactional steps',
  'a deadline and a sleep',
].map((name) => shapeNamed(name))

/** The same with more of what goes wrong most. */
export function deeper(shaped: Shape): Shape {
  const { crash = 0, expiry = 0, rejection = 0, failure = 0 } = shaped.budget
  const budget = {
    ...shaped.budget,
    crash: crash + 1,
    expiry: expiry + 1,
    rejection: rejection + 1,
    failure: failure + 1,
  }
  return { ...shaped, budget }
}

/** The shape of this name. */
export function shapeNamed(name: string): Shape {
  const found = shapes.find((shaped) => shaped.name === name)
  if (found === undefined) throw new RangeError(`There is no shape "${name}".`)
  return found
}
