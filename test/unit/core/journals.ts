import type {
  FollowingEvent,
  JournalEntry,
  SagaEvent,
  SagaStarted,
} from '../../../packages/engine/src/core/event.ts'
import { fold } from '../../../packages/engine/src/core/fold.ts'
import type { Plan } from '../../../packages/engine/src/core/plan.ts'
import type { SagaState } from '../../../packages/engine/src/core/state.ts'

/** When every saga of these tests starts, in milliseconds since 1970. */
export const startedAt = 1_000_000

/** The time of journal row `seq`: a second passes from one to the next. */
export function timeOf(seq: number): number {
  return startedAt + (seq - 1) * 1_000
}

/** Later than any row of these journals. */
export const now: number = startedAt + 1_000_000

/** The first event of every journal here. */
export const sagaStarted: SagaStarted = {
  type: 'saga_started',
  name: 'order',
  version: 1,
  key: 'order-7',
  input: { orderId: 7 },
}

/** The journal of a saga that started and then saw these rows; one event alone is a row of its own. */
export function journal(
  rows: readonly (FollowingEvent | readonly FollowingEvent[])[],
): readonly JournalEntry[] {
  const following = rows.map((row) => ('type' in row ? [row] : row))
  const all: readonly (readonly SagaEvent[])[] = [[sagaStarted], ...following]
  return all.map((events, index) => ({ seq: index + 1, at: timeOf(index + 1), events }))
}

/** The state that such a journal gives. */
export function stateAfter(
  plan: Plan,
  rows: readonly (FollowingEvent | readonly FollowingEvent[])[],
): SagaState {
  return fold(plan, 'saga-1', journal(rows))
}
