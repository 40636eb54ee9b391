import type { Command } from '../../packages/engine/src/core/command.ts'
import type { FollowingEvent } from '../../packages/engine/src/core/event.ts'

/** A decision, or one of several in a row, and the branch of the turn that made it. */
export interface OwnDecision {
  readonly branch: string
  readonly events: readonly FollowingEvent[]
  readonly commands: readonly Command[]
}
