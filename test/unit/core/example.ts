import type { Command } from '../../../packages/engine/src/core/command.ts'
import type { FollowingEvent } from '../../../packages/engine/src/core/event.ts'
import type { Observation } from '../../../packages/engine/src/core/observation.ts'
import type { Plan } from '../../../packages/engine/src/core/plan.ts'

/** One line of the tables: a saga with this plan and this past, and what follows from what somebody sees. */
export interface Example {
  /** Completes the sentence "a saga …". */
  readonly name: string
  readonly plan: Plan
  /** The journal rows behind the start; one event alone is a row of its own. */
  readonly given: readonly (FollowingEvent | readonly FollowingEvent[])[]
  readonly when: Observation
  readonly follows: {
    readonly events?: readonly FollowingEvent[]
    readonly commands?: readonly Command[]
    readonly refusal?: string
    /** Parts of the state once the events are folded in. */
    readonly state?: object
  }
}
