import type {
  CompensatableStep,
  PivotStep,
  Plan,
  PlanNode,
  ProbePlan,
  RetriableStep,
  StepNode,
} from '../../packages/engine/src/core/plan.ts'
import type { RetryPolicy } from '../../packages/engine/src/core/retry-policy.ts'
import { delayMs } from './abstract-state.ts'
import { plannedOrder, type Budget, type Shape } from './shape.ts'

function attempts(maximumAttempts: number | null): RetryPolicy {
  const backoff = { initialIntervalMs: delayMs, backoffCoefficient: 1, maximumIntervalMs: delayMs }
  return { ...backoff, maximumAttempts, jitter: 'none' }
}

const basics = {
  type: 'step',
  queue: 'default',
  // With the grace of a lost handler this makes `quietMs`.
  timeoutMs: 30_000,
  totalTimeoutMs: null,
  outputSchema: null,
} as const

/** A step with a handler that undoes it. */
export function step(
  name: string,
  tries: number | null,
  rest: Partial<CompensatableStep> = {},
): CompensatableStep {
  const compensation = { type: 'handler', retry: attempts(2), timeoutMs: 30_000 } as const
  const flags = { compensateWhenRejected: false, rejectionCoversEarlierAttempts: false } as const
  return {
    ...basics,
    role: 'compensatable',
    name,
    retry: attempts(tries),
    compensation,
    ...flags,
    ...rest,
  }
}

/** What finds out what became of an action. */
export function probe(tries: number): ProbePlan {
  return { retry: attempts(tries), timeoutMs: 30_000 }
}

/** What undoes a step in the commit that says so. */
export const undoneInOneCommit: CompensatableStep['compensation'] = {
  type: 'handler',
  retry: attempts(2),
  timeoutMs: 30_000,
  transactional: true,
}

/** The step that decides. */
export function pivot(name: string, tries: number, rest: Partial<PivotStep> = {}): PivotStep {
  const retry = attempts(tries)
  return { ...basics, role: 'pivot', name, retry, rejectionCoversEarlierAttempts: false, ...rest }
}

/** A step after that. */
export function retriable(
  name: string,
  tries: number | null,
  rest: Partial<RetriableStep> = {},
): RetriableStep {
  return { ...basics, role: 'retriable', name, retry: attempts(tries), ...rest }
}

/** The plan with these nodes. */
export function planOf(...nodes: readonly PlanNode[]): Plan {
  return { name: 'checked', version: 1, inputSchema: null, nodes }
}

function prompt(retry: RetryPolicy): RetryPolicy {
  return { ...retry, initialIntervalMs: 0 }
}

/** The plan in which every retry is due at once, so that the same turn makes it. */
export function promptly(plan: Plan): Plan {
  return { ...plan, nodes: plan.nodes.map(promptNode) }
}

function promptNode(node: PlanNode): PlanNode {
  switch (node.type) {
    case 'step':
      return promptStep(node)
    case 'parallel': {
      const branches = node.branches.map(({ name, nodes }) => {
        return { name, nodes: nodes.map(promptStep) }
      })
      return { ...node, branches }
    }
    case 'forEach':
      return { ...node, nodes: node.nodes.map(promptStep) }
    case 'choice':
    case 'sleep':
    case 'wait':
      return node
  }
}

function promptStep(node: StepNode): StepNode {
  const retry = prompt(node.retry)
  if (node.role !== 'compensatable' || node.compensation.type === 'none') return { ...node, retry }
  const compensation = { ...node.compensation, retry: prompt(node.compensation.retry) }
  return { ...node, retry, compensation }
}

const unless = {
  queue: false,
  requestsOutliveCrash: false,
  takesChoices: true,
  oneProcess: false,
} as const

/** A shape in which nothing is special but what is named. */
export function shape(name: string, plan: Plan, budget: Budget, rest: Partial<Shape> = {}): Shape {
  const inOrder = plannedOrder(plan)
  return { name, plan, budget, ...unless, inOrder, ...rest }
}
