import type { Failure, PlanNode, SagaDetails, StepNode, StepState } from '@backstep/engine'

/** One step of a saga, as `show` tells it; docs/cli.md holds the shape. */
export interface StepReport {
  readonly step: string
  readonly role: StepNode['role']
  readonly queue: string
  readonly action: HandlerReport<StepState['action']['status'] | 'pending'>
  readonly compensation: HandlerReport<StepState['compensation']['status']>
  /** When the journal last heard of the step, in milliseconds since 1970. */
  readonly lastAt: number | null
}

/** One direction of a step. */
export interface HandlerReport<Status extends string> {
  readonly status: Status
  /** Attempts that have ended. */
  readonly attempts: number
  readonly firstError: Failure | null
  readonly lastError: Failure | null
}

/** The steps of a saga in the order of its plan, those that were not reached included. */
export function reportSteps({ plan, state, journal }: SagaDetails): readonly StepReport[] {
  const lastAt = new Map<string, number>()
  for (const { at, events } of journal) {
    for (const event of events) {
      if ('step' in event && event.step !== null) lastAt.set(event.step, at)
    }
  }
  const items = new Map(Object.entries(state.items).map(([name, list]) => [name, list.length]))
  return plan.nodes
    .flatMap((node) => namedSteps(node, items))
    .map(({ key, node }) => {
      const { role, queue } = node
      const step = state.steps[key]
      return {
        step: key,
        role,
        queue,
        action: handlerReport(step?.action, 'pending'),
        compensation: handlerReport(step?.compensation, 'none'),
        lastAt: lastAt.get(key) ?? null,
      }
    })
}

interface NamedStep {
  readonly key: string
  readonly node: StepNode
}

/** The steps at one place of the plan; those of a forEach once for each item, or once as long as there is no list. */
function namedSteps(node: PlanNode, items: ReadonlyMap<string, number>): readonly NamedStep[] {
  switch (node.type) {
    case 'step':
      return [{ key: node.name, node }]
    case 'parallel':
      return node.branches.flatMap(({ nodes }) =>
        nodes.map((each) => ({ key: each.name, node: each })),
      )
    case 'forEach': {
      const count = items.get(node.name)
      if (count === undefined)
        return node.nodes.map((each) => ({ key: `${each.name}[…]`, node: each }))
      return Array.from({ length: count }, (_, index) =>
        node.nodes.map((each) => ({ key: `${each.name}[${index}]`, node: each })),
      ).flat()
    }
    case 'choice':
      return []
  }
}

function handlerReport<Status extends string, Fallback extends string>(
  handler:
    | { readonly status: Status; readonly attempts: StepState['action']['attempts'] }
    | undefined,
  fallback: Fallback,
): HandlerReport<Status | Fallback> {
  if (handler === undefined) {
    return { status: fallback, attempts: 0, firstError: null, lastError: null }
  }
  const { ended, firstFailure, lastFailure } = handler.attempts
  return {
    status: handler.status,
    attempts: ended,
    firstError: firstFailure,
    lastError: lastFailure,
  }
}
