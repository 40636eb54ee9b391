import type { Plan } from '../core/plan.ts'
import { plannedSteps, stepItem } from '../core/plan-steps.ts'
import type { SagaState, StepState } from '../core/state.ts'
import { entriesIn } from '../core/key-map.ts'

/** A saga's state for people: its steps as a plain object. */
export type SagaView = ViewOf<SagaState>

type ViewOf<State> = State extends SagaState
  ? Omit<State, 'steps'> & {
      /** By step key, in the order of the plan; steps of a forEach once for each item, as `ship[3]`, and those of a round that is over as `pay (round 1)`. */
      readonly steps: Readonly<Record<string, StepState>>
    }
  : never

/** The view of a state. */
export function viewOf(plan: Plan, state: SagaState): SagaView {
  const places = new Map(plannedSteps(plan).map(({ node }, place) => [node.name, place]))
  const steps = entriesIn(state.steps)
    .map(([key, step]) => {
      const { name, index } = stepItem(plan, key)
      return { key, step, place: places.get(name) ?? 0, index }
    })
    .toSorted((a, b) => a.place - b.place || a.index - b.index || (a.key < b.key ? -1 : 1))
    .map(({ key, step }) => [key, step])
  return { ...state, steps: Object.fromEntries(steps) }
}
