import type { JsonValue } from './json.ts'
import type { RetryPolicy } from './retry-policy.ts'

/**
 * The serialisable part of a saga definition: everything that decides what happens next, and nothing that runs. It is
 * stored once for each (name, version), so that a saga can be folded and shown where its code is not at hand.
 */
export interface Plan {
  readonly name: string
  readonly version: number
  /** JSON Schema of the input, where the schema library can give one. */
  readonly inputSchema: JsonValue
  /** How long after its start a saga that is not past its pivot turns back. Left out where there is no bound. */
  readonly deadlineMs?: number
  readonly nodes: readonly PlanNode[]
}

/** One place in a plan. Names are unique over all of it. */
export type PlanNode = StepNode | ForkNode | ChoiceNode | SleepNode | WaitNode

/** A place at which the saga forks: branches of steps go side by side until all have come to their end. */
export type ForkNode = ParallelNode | ForEachNode

/**
 * A step, by its role towards the pivot (after Richardson): a compensatable step comes before it and can be undone, the
 * pivot decides, a retriable step comes after it and is tried until it succeeds.
 */
export type StepNode = CompensatableStep | PivotStep | RetriableStep

interface StepBasics {
  readonly type: 'step'
  readonly name: string
  /** The queue that its action and its compensation are dispatched on. */
  readonly queue: string
  readonly retry: RetryPolicy
  /** How long one attempt may take. */
  readonly timeoutMs: number
  /** How long the step may take from its first dispatch, all attempts and delays included; `null` means no bound. */
  readonly totalTimeoutMs: number | null
  /** JSON Schema of the output, where there is one; `true` when a schema is checked that cannot be written down. */
  readonly outputSchema: JsonValue
  /**
   * What the action does and its success are one commit in the saga database: an attempt without that verdict has no effect.
   * Left out where it is not so, which keeps the fingerprints of plans from before there was a choice.
   */
  readonly transactional?: true
  /** Keeps attempts at the action back while too many of them fail. */
  readonly breaker?: BreakerPlan
}

/** When the circuit of a step's action opens, and when one attempt may try whether it can be closed again. */
export type BreakerPlan = ConsecutiveBreaker | SamplingBreaker

/** Opens after so many failed attempts in a row. */
export interface ConsecutiveBreaker {
  readonly type: 'consecutive'
  readonly failures: number
  readonly halfOpenAfterMs: number
}

/** Opens when more than this share, from (0, 1), of the attempts of a window fail, and there were so many at least. */
export interface SamplingBreaker {
  readonly type: 'sampling'
  readonly failureRate: number
  readonly windowMs: number
  readonly minimumCalls: number
  readonly halfOpenAfterMs: number
}

/** A step before the pivot: it states how it is undone, or why nothing has to be. */
export interface CompensatableStep extends StepBasics {
  readonly role: 'compensatable'
  readonly compensation: CompensationPlan
  readonly onFailure?: OnFailure
  readonly probe?: ProbePlan
  readonly fallback?: true
  /** Compensate even after a rejection: for participants whose rejection may leave something behind. */
  readonly compensateWhenRejected: boolean
  /** A rejection says that no effect of any earlier attempt stands either. */
  readonly rejectionCoversEarlierAttempts: boolean
  /** The participant refuses an action that comes after its undo: then nobody has to wait until the action is quiet. */
  readonly barrier?: true
}

/** The step that decides: once it succeeded, the saga only goes forward. */
export interface PivotStep extends StepBasics {
  readonly role: 'pivot'
  readonly onFailure?: OnFailure
  readonly probe?: ProbePlan
  readonly rejectionCoversEarlierAttempts: boolean
}

/** A step after the pivot. */
export interface RetriableStep extends StepBasics {
  readonly role: 'retriable'
  readonly fallback?: true
}

/** Stop for an operator where the saga would turn back because of this step. Absent: turn back. */
type OnFailure = 'park'

/** A handler that finds out what became of an action whose outcome is unknown, with its own patience. */
export interface ProbePlan {
  readonly retry: RetryPolicy
  readonly timeoutMs: number
}

/** A step's stance on being undone. */
export type CompensationPlan = UndoPlan | { readonly type: 'none'; readonly reason: string }

/** A step is undone by a handler of its own, with its own patience. */
export interface UndoPlan {
  readonly type: 'handler'
  readonly retry: RetryPolicy
  readonly timeoutMs: number
  /** What the handler does and its success are one commit in the saga database; left out where it is not so. */
  readonly transactional?: true
}

interface ForkBasics {
  readonly name: string
  readonly siblings: SiblingPolicy
  /** Whether branches are undone side by side, or all steps in one line, the last one that succeeded first. */
  readonly compensation: 'parallel' | 'serial'
}

/**
 * What the branches beside one that fails do before the saga turns back. `drain`: they finish the attempt that they are at,
 * and make no other. `waitAll`: they go on to their end. `failFast`: nobody waits for them, and their attempts count as
 * unknown.
 */
export type SiblingPolicy = 'drain' | 'waitAll' | 'failFast'

/** Branches with names, each with steps of its own. */
export interface ParallelNode extends ForkBasics {
  readonly type: 'parallel'
  readonly branches: readonly { readonly name: string; readonly nodes: readonly StepNode[] }[]
}

/** The same steps for each item of a list. */
export interface ForEachNode extends ForkBasics {
  readonly type: 'forEach'
  readonly nodes: readonly StepNode[]
  /** How many items are at work at once. */
  readonly concurrency: number
}

/** The `size` nodes after this one are taken or skipped, all of them. */
export interface ChoiceNode {
  readonly type: 'choice'
  readonly name: string
  readonly size: number
}

/** The saga does nothing for a while. */
export interface SleepNode {
  readonly type: 'sleep'
  readonly name: string
  readonly durationMs: number
}

/** The saga waits until a signal of this name comes, or for so long. */
export interface WaitNode {
  readonly type: 'wait'
  readonly name: string
  /** JSON Schema of what the signal brings, where the schema library can give one. */
  readonly payloadSchema: JsonValue
  /** Null where it waits for ever. */
  readonly timeoutMs: number | null
  /** What a saga does that waited in vain. */
  readonly onTimeout: 'compensate' | 'continue'
  /** So many nodes behind this one are taken only by a saga that waited in vain. */
  readonly size: number
}

/** The node at a place of the plan, from 0. A place that is not there means that a snapshot is of another plan. */
export function nodeAt(plan: Plan, place: number): PlanNode {
  const node = plan.nodes[place]
  if (node !== undefined) return node
  throw new RangeError(`"${plan.name}" has no step ${place + 1}: plan and snapshot differ.`)
}

/** What finds out what became of a step's action; undefined when nothing does. */
export function probeOf(node: StepNode): ProbePlan | undefined {
  return node.role === 'retriable' ? undefined : node.probe
}

/** Whether a step has another way to take its effect. A pivot has none: two ways of deciding may both decide. */
export function hasFallback(node: StepNode): boolean {
  return node.role !== 'pivot' && node.fallback === true
}

/** Whether a `starting` event must be in the journal before the action may run, because "it never ran" must be provable. */
export function needsStarting(node: StepNode): boolean {
  return node.role === 'pivot' || node.retry.maximumAttempts === 1
}
