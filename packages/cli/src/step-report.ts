import type { Failure, PlanNode, SagaDetails, StepNode, StepState, Stuck } from '@backstep/engine'

/** One step of a saga, as `show` tells it; docs/cli.md holds the shape. */
export interface StepReport {
  readonly step: string
  /** `main`, or the path of the branch of a fork: `book/flight`, `tickets/3`. */
  readonly branch: string
  readonly role: StepNode['role']
  readonly queue: string
  readonly action: HandlerReport<StepState['action']['status'] | 'pending'>
  readonly compensation: HandlerReport<StepState['compensation']['status']>
  /** Why its branch waits at this step for an operator, while other branches may go on. */
  readonly halt: Stuck | null
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
  return plan.nodes
    .flatMap((node) => plannedSteps(node, state.items[node.name]?.length ?? null))
    .map(({ key, branch, node }) => {
      const { role, queue } = node
      const step = state.steps[key]
      const halt = state.branches[branch]?.halt ?? null
      return {
        step: key,
        branch,
        role,
        queue,
        action: handlerReport(step?.action, 'pending'),
        compensation: handlerReport(step?.compensation, 'none'),
        halt: halt?.step === key ? halt : null,
        lastAt: lastAt.get(key) ?? null,
      }
    })
}

interface PlannedStep {
  readonly key: string
  readonly branch: string
  readonly node: StepNode
}

/** The steps at one place of the plan; those of a forEach once for each item, or once as long as there is no list. */
function plannedSteps(node: PlanNode, items: number | null): readonly PlannedStep[] {
  switch (node.type) {
    case 'step':
      return [{ key: node.name, branch: 'main', node }]
    case 'parallel':
      return node.branches.flatMap(({ name, nodes }) =>
        nodes.map((step) => ({ key: step.name, branch: `${node.name}/${name}`, node: step })),
      )
    case 'forEach': {
      const indexes = items === null ? ['…'] : Array.from({ length: items }, (_, index) => index)
      return indexes.flatMap((index) =>
        node.nodes.map((step) => ({
          key: `${step.name}[${index}]`,
          branch: `${node.name}/${index}`,
          node: step,
        })),
      )
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
