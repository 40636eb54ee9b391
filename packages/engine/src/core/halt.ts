import type { SagaDecision } from './saga-decision.ts'
import type { SagaStuck } from './event.ts'
import type { FollowingEvent } from './event.ts'
import type { SagaState } from './state.ts'

/** The decision after which nothing is left to do on a branch. */
export function halt(events: readonly FollowingEvent[], branch: string): SagaDecision {
  return { events, commands: [{ type: 'halt', branch }], refusal: null }
}

/** The decision to stop and ask for an operator. */
export function stuck(
  events: readonly FollowingEvent[],
  record: Omit<SagaStuck, 'type'>,
): SagaDecision {
  return halt([...events, { type: 'saga_stuck', ...record }], record.branch)
}

/** What halted the first branch of those that are; null when none is. */
export function firstHalt({ branches }: SagaState): Omit<SagaStuck, 'type'> | null {
  for (const { halt: found } of Object.values(branches)) {
    if (found === null) continue
    const { since: _, ...record } = found
    return record
  }
  return null
}
