import type { SagaState } from './state.ts'
import type { Stuck } from './stuck.ts'

/** What a stuck saga waits for: the halts of its branches, or the one of the whole saga. */
export function haltsOf(state: Extract<SagaState, { status: 'stuck' }>): readonly Stuck[] {
  const halts = Object.values(state.branches).flatMap(({ halt }) => (halt === null ? [] : [halt]))
  return halts.length === 0 ? [state.stuck] : halts
}
