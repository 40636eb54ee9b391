import type { Command } from './command.ts'
import type { FollowingEvent } from './event.ts'

/** The answer of `decide`. */
export interface SagaDecision {
  /** To be appended as one journal row; may be empty. */
  readonly events: readonly FollowingEvent[]
  /** What to do once they are appended. */
  readonly commands: readonly Command[]
  /** Why what was asked is not allowed; then there are no events and no commands. */
  readonly refusal: string | null
}

/** There is nothing to write, and nothing to do. */
export const nothing: SagaDecision = { events: [], commands: [], refusal: null }

/** What was asked is not allowed. */
export function refuse(reason: string): SagaDecision {
  return { ...nothing, refusal: reason }
}
