import type { JsonValue } from './json.ts'
import { stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'

/**
 * The saga's input as a step's handler gets it. A step is undone under the input that it was done under, unless that was
 * edited for the sake of the way back.
 */
export function inputFor(
  state: SagaState,
  step: string,
  kind: 'action' | 'compensation',
): JsonValue {
  const { edits, input } = state
  if (edits.length === 0 || kind === 'action') return input
  if (edits.some(({ direction }) => direction === 'backward')) return input
  const { settledSeq } = stepOf(state, step).action
  const later = settledSeq === 0 ? undefined : edits.find(({ seq }) => seq > settledSeq)
  return later === undefined ? input : later.before
}
