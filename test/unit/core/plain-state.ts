import type { SagaState } from '../../../packages/engine/src/core/state.ts'
import { entriesIn } from '../../../packages/engine/src/core/key-map.ts'

/** A state with its steps as a plain object by key, so that a table can name those that matter. */
export function plainState(state: SagaState): object {
  return { ...state, steps: Object.fromEntries(entriesIn(state.steps)) }
}
