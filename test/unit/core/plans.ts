import type {
  ChoiceNode,
  SavepointNode,
  CompensatableStep,
  ForEachNode,
  ParallelNode,
  PivotStep,
  Plan,
  PlanNode,
  RetriableStep,
  SleepNode,
  WaitNode,
  StepNode,
} from '../../../packages/engine/src/core/plan.ts'
import type { RetryPolicy } from '../../../packages/engine/src/core/retry-policy.ts'

/** Waits exactly 1 s, 2 s, 4 s … up to a minute, so that a table can name the delays. */
export function attempts(maximumAttempts: number | null): RetryPolicy {
  return {
    initialIntervalMs: 1_000,
    backoffCoefficient: 2,
    maximumIntervalMs: 60_000,
    maximumAttempts,
    jitter: 'none',
  }
}

/** A plan of steps one after another. */
export interface SequentialPlan extends Plan {
  readonly nodes: readonly StepNode[]
}

const basics = {
  type: 'step',
  queue: 'default',
  retry: attempts(3),
  timeoutMs: 30_000,
  totalTimeoutMs: null,
  outputSchema: null,
} as const

/** A step before the pivot with three attempts, undone by a handler with two. */
export function step(name: string, changes: Partial<CompensatableStep> = {}): CompensatableStep {
  return {
    ...basics,
    role: 'compensatable',
    name,
    compensation: { type: 'handler', retry: attempts(2), timeoutMs: 30_000 },
    compensateWhenRejected: false,
    rejectionCoversEarlierAttempts: false,
    ...changes,
  }
}

/** A step before the pivot of which nothing has to be undone. */
export function harmless(
  name: string,
  changes: Partial<CompensatableStep> = {},
): CompensatableStep {
  return step(name, { compensation: { type: 'none', reason: 'it only reads' }, ...changes })
}

/** The step that decides, with three attempts. */
export function pivot(name: string, changes: Partial<PivotStep> = {}): PivotStep {
  return { ...basics, role: 'pivot', name, rejectionCoversEarlierAttempts: false, ...changes }
}

/** A step after the pivot, tried for ever. */
export function retriable(name: string, changes: Partial<RetriableStep> = {}): RetriableStep {
  return { ...basics, role: 'retriable', name, retry: attempts(null), ...changes }
}

/** A plan of these steps, in this order. */
export function planOf(...nodes: readonly StepNode[]): SequentialPlan {
  return { name: 'order', version: 1, inputSchema: null, nodes }
}

/** A fork with a branch for each of these lists of steps, drained and undone side by side unless said otherwise. */
export function parallel(
  name: string,
  branches: Readonly<Record<string, readonly StepNode[]>>,
  changes: Partial<ParallelNode> = {},
): ParallelNode {
  const named = Object.entries(branches).map(([each, nodes]) => ({ name: each, nodes }))
  const policies = { siblings: 'drain', compensation: 'parallel' } as const
  return { type: 'parallel', name, branches: named, ...policies, ...changes }
}

/** The same steps for each item, two at once. */
export function forEach(
  name: string,
  nodes: readonly StepNode[],
  changes: Partial<ForEachNode> = {},
): ForEachNode {
  const policies = { siblings: 'drain', compensation: 'parallel', concurrency: 2 } as const
  return { type: 'forEach', name, nodes, ...policies, ...changes }
}

/** Whether the next `size` nodes are taken. */
export function choice(name: string, size: number): ChoiceNode {
  return { type: 'choice', name, size }
}

/** Nothing happens for so long. */
export function sleep(name: string, durationMs: number): SleepNode {
  return { type: 'sleep', name, durationMs }
}

/** The saga waits for a signal, for an hour, and turns back if none comes. */
export function waitFor(name: string, changes: Partial<WaitNode> = {}): WaitNode {
  const rest = { timeoutMs: 3_600_000, onTimeout: 'compensate', size: 0 } as const
  return { type: 'wait', name, payloadSchema: null, ...rest, ...changes }
}

/** A plan of anything. */
export function forkingPlan(...nodes: readonly PlanNode[]): Plan {
  return { name: 'order', version: 1, inputSchema: null, nodes }
}

/** A place to go back to, for two rounds unless said otherwise. */
export function savepoint(name: string, maximumRounds = 2): SavepointNode {
  return { type: 'savepoint', name, maximumRounds }
}
