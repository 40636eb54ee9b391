import type {
  CompensatableStep,
  PivotStep,
  Plan,
  RetriableStep,
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
export function planOf(...nodes: readonly StepNode[]): Plan {
  return { name: 'order', version: 1, inputSchema: null, nodes }
}
