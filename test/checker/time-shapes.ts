import type { Plan, SleepNode } from '../../packages/engine/src/core/plan.ts'
import { delayMs } from './abstract-state.ts'
import { pivot, planOf, probe, retriable, shape, step } from './make-shape.ts'
import type { Shape } from './shape.ts'

const nap: SleepNode = { type: 'sleep', name: 'nap', durationMs: delayMs }

/** The plan with a deadline; it is later than every lost handler of a first attempt is quiet. */
function due(plan: Plan): Plan {
  return { ...plan, deadlineMs: 300_000 }
}

/** Sagas that wait for a time, and those that have only so much of it. */
export const timeShapes: readonly Shape[] = [
  shape(
    'a deadline and a sleep',
    due(planOf(step('a', 2), nap, pivot('p', 2), retriable('r', 2))),
    { rejection: 1, unsettled: 1, expiry: 1, retry: 1 },
  ),
  shape(
    'a deadline while something is in doubt',
    due(
      planOf(
        step('a', 1, { probe: probe(1), onFailure: 'park' }),
        pivot('p', 1, { probe: probe(1) }),
      ),
    ),
    { rejection: 1, failure: 1, unsettled: 1, expiry: 1, stillUnknown: 1, retry: 2, cancel: 1 },
  ),
]
