import type { TaskHint } from './task-store.ts'

/**
 * Limits of queues, over all processes: what was said about them, and who may begin a step under them. A queue that nothing
 * was said about has no limit, and whoever claims its tasks asks nobody here.
 */
export interface QueueStore {
  /** Every queue that something was said about, by name. Cheap: each worker asks in each of its rounds. */
  readLimits(): Promise<readonly QueueLimits[]>

  /**
   * Keeps what a worker's code says of queues, the last word of code. It holds where no operator has set anything else.
   */
  declareLimits(declared: readonly NamedLimits[]): Promise<void>

  /**
   * Sets the limits of a queue for an operator, or gives them back to the code.
   *
   * @returns what holds from here on
   */
  overrideLimits(change: LimitsOverride): Promise<QueueLimits>

  /** Every queue that has limits or tasks, by name, for people and metrics. Counts tasks: not for each round. */
  readUse(): Promise<readonly QueueUse[]>

  /**
   * Finds free tasks of one queue, the longest due first, and claims as many of them as its limits leave room for. Their claims
   * stand, and what they bring is read by repeating them (`TaskStore.claim`) under the same names, which also counts the
   * delivery. Nothing is written where there is no room or no task: what is refused is as due as it was.
   */
  grant(request: GrantRequest): Promise<GrantAnswer>
}

/** What a queue may do at once, and in a time. */
export interface Limits {
  /** Steps at once; null for any number. */
  readonly maximumConcurrency: number | null
  readonly rate: Rate | null
}

/** So many steps in so many milliseconds, and as many at once after a rest. */
export interface Rate {
  readonly limit: number
  readonly perMs: number
}

/** The limits of a queue. */
export interface NamedLimits extends Limits {
  readonly queue: string
}

/** The limits that hold in a queue, and whose they are. */
export interface QueueLimits extends NamedLimits {
  readonly source: 'code' | 'operator'
  /** What code said last; null when none has said anything. */
  readonly declared: Limits | null
}

/** A queue and what is going on in it. */
export interface QueueUse extends NamedLimits {
  /** Null when nothing was said about it. */
  readonly source: 'code' | 'operator' | null
  /** Tasks under a claim, those included whose worker has died and that nobody has taken over yet. */
  readonly held: number
  /** Tasks that could run now, if somebody were free to and the limits had room. */
  readonly waiting: number
}

/** What an operator wants. `code` drops whatever operators have set; what is left out stays. */
export interface LimitsOverride {
  readonly queue: string
  readonly to: 'code' | Partial<Limits>
  readonly actor: string
  readonly reason: string
}

/** What somebody with free hands asks for. */
export interface GrantRequest {
  readonly queue: string
  /** Fresh names; as many tasks are claimed at most. */
  readonly claimIds: readonly string[]
  readonly leaseMs: number
  /** Takes tasks this long before their due time, if they may run: they were left to hints, which here only wake. */
  readonly aheadMs: number
}

/** What may be begun. */
export interface GrantAnswer {
  readonly grants: readonly Grant[]
  /** What kept it from more; null when that was the number asked for, or that there are no more tasks. */
  readonly refusal: Refusal | null
}

/** A task that is claimed under that name. */
export interface Grant extends TaskHint {
  readonly claimId: string
}

/** Why there is no more. With a rate it is known when there will be. */
export type Refusal =
  | { readonly by: 'concurrency' }
  | { readonly by: 'rate'; readonly retryAfterMs: number }
