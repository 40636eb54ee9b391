import type { Failure, PlanNode, SagaDetails, StepNode, StepState, Stuck } from '@backstep/engine'

/** One step of a saga, as `show` tells it; docs/cli.md holds the shape. */
export interface StepReport {
  readonly step: string
  /** `main`, or the path of the branch of a fork: `book/flight`, `tickets/3`. */
  readonly branch: string
  readonly role: StepNode['role']
  readonly queue: string
  readonly action: ActionReport
  readonly compensation: CompensationReport
  /** Why its branch waits at this step for an operator, while other branches may go on. */
  readonly halt: Stuck | null
  /** When the journal last heard of the step, in milliseconds since 1970. */
  readonly lastAt: number | null
}

/** The forward half of a step. */
export interface ActionReport extends HandlerReport<StepState['action']['status'] | 'pending'> {
  /** Attempts that may have taken effect without anybody knowing. */
  readonly unknownAttempts: number
  /** Whether the step's other way is next or at work (`due`), or was gone since its last fresh budget (`spent`). */
  readonly fallback: StepState['action']['fallback']
  /** Which of its ways it succeeded by; null while it has not, and when nobody knows. */
  readonly via: 'action' | 'fallback' | 'probe' | 'operator' | null
  /** The attempts at the step's probe since it was last to be asked; null while there is nothing to ask it. */
  readonly probe: { readonly attempts: number; readonly lastError: Failure | null } | null
}

/** The backward half of a step. */
export interface CompensationReport extends HandlerReport<StepState['compensation']['status']> {
  /** From 1; more when an effect was reported after the step had been undone. */
  readonly round: number
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
  const via = new Map<string, ActionReport['via']>()
  for (const { at, events } of journal) {
    for (const event of events) {
      if ('step' in event && event.step !== null) lastAt.set(event.step, at)
      if (event.type === 'action_succeeded') via.set(event.step, event.via ?? 'action')
    }
  }
  return stepsOf({ plan, state }).map(({ key, branch, node }) => {
    const { role, queue } = node
    const step = state.steps[key]
    const halt = state.branches[branch]?.halt ?? null
    return {
      step: key,
      branch,
      role,
      queue,
      action: actionReport(step, via.get(key) ?? null),
      compensation: {
        ...handlerReport(step?.compensation, 'none'),
        round: step?.compensation.round ?? 1,
      },
      halt: halt?.step === key ? halt : null,
      lastAt: lastAt.get(key) ?? null,
    }
  })
}

/** A step by its key: its name, and in a forEach the index of its item as well. */
export interface NamedStep {
  readonly key: string
  readonly branch: string
  readonly node: StepNode
}

/** All steps that a saga has, in the order of its plan. */
export function stepsOf({
  plan,
  state,
}: Pick<SagaDetails, 'plan' | 'state'>): readonly NamedStep[] {
  return plan.nodes.flatMap((node) => namedSteps(node, state.items[node.name]?.length ?? null))
}

/** The steps at one place of the plan; those of a forEach once for each item, or once as long as there is no list. */
function namedSteps(node: PlanNode, items: number | null): readonly NamedStep[] {
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
    case 'sleep':
    case 'wait':
    case 'savepoint':
      return []
  }
}

function actionReport(step: StepState | undefined, via: ActionReport['via']): ActionReport {
  const probe = step?.action.probe ?? null
  return {
    ...handlerReport(step?.action, 'pending'),
    unknownAttempts: step?.action.unknownAttempts ?? 0,
    fallback: step?.action.fallback ?? 'unused',
    via,
    probe: probe === null ? null : { attempts: probe.ended, lastError: probe.lastFailure },
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
