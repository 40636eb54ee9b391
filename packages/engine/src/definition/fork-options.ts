import type { SiblingPolicy } from '../core/plan.ts'

/** How the branches of a fork go with each other before the pivot, where any of them may turn the saga back. */
export interface ForkOptions<Siblings extends SiblingPolicy = SiblingPolicy> {
  /**
   * What the branches beside one that fails do. `drain`, the default: each ends the attempt that it is at and makes no other.
   * `waitAll`: each goes on to its end. `failFast`: nobody waits for them; each step that has a compensation must say
   * `barrier: true`.
   */
  readonly siblings?: Siblings
  /** `parallel`, the default, undoes branches side by side; `serial` all steps in one line, the last success first. */
  readonly compensation?: 'parallel' | 'serial'
}

/** How the items of a forEach go with each other. */
export interface ForEachOptions<Siblings extends SiblingPolicy = SiblingPolicy>
  extends ForkOptions<Siblings>, Concurrency {}

/** Which steps may be in a fork that have a compensation and no barrier: any, or none, and then this says why. */
export type Unguarded<Siblings extends SiblingPolicy> = Siblings extends 'failFast'
  ? 'With failFast a step that has a compensation must say barrier: true.'
  : unknown

interface Concurrency {
  /** How many items are at work at once: 1 to 256. Default 10. */
  readonly concurrency?: number
}

/** A fork after the pivot has nothing to choose: a branch that cannot go on waits, and the others go to their end. */
export interface RetriableForkOptions {
  /** Never there: to the compiler, the reason why not. */
  readonly siblings?: 'After the pivot no branch turns the saga back: leave it out.'
  /** Never there: to the compiler, the reason why not. */
  readonly compensation?: 'After the pivot nothing is undone: leave it out.'
}

/** How the items of a forEach after the pivot go with each other. */
export interface RetriableForEachOptions extends RetriableForkOptions, Concurrency {}
