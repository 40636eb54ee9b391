import { isFork, nodesOf, stepKey } from '../../packages/engine/src/core/plan-steps.ts'
import {
  probeOf,
  type ForkNode,
  type Plan,
  type PlanNode,
  type StepNode,
} from '../../packages/engine/src/core/plan.ts'
import { pathsOf } from '../../packages/engine/src/core/open-branches.ts'
import { mainBranch } from '../../packages/engine/src/core/state.ts'
import type { HandlerKind } from './handler-kind.ts'

/** A step, wherever in a plan it is. Its name is its key, which says in a forEach which item it is for. */
export type PlacedStep = StepNode & {
  readonly branch: string
  readonly fork: ForkNode | null
  /** Of the node of the main branch that it is or is in. */
  readonly place: number
}

/** What every forEach of a checked plan goes through. */
export const checkedItems = ['first', 'second'] as const

const known = new WeakMap<Plan, ReadonlyMap<string, PlacedStep>>()
const lists = new WeakMap<Plan, readonly PlacedStep[]>()

function placed(plan: Plan): ReadonlyMap<string, PlacedStep> {
  const there = known.get(plan)
  if (there !== undefined) return there
  const steps = plan.nodes.flatMap((node, place) => stepsAt(plan, node, place))
  const made = new Map(steps.map((step) => [step.name, step]))
  known.set(plan, made)
  lists.set(plan, steps)
  return made
}

function stepsAt(plan: Plan, node: PlanNode, place: number): readonly PlacedStep[] {
  if (!isFork(node)) {
    return node.type === 'step' ? [{ ...node, branch: mainBranch, fork: null, place }] : []
  }
  return pathsOf(node, checkedItems.length).flatMap((branch) =>
    nodesOf(plan, branch).flatMap((step) =>
      step.type === 'step'
        ? [{ ...step, name: stepKey(plan, branch, step), branch, fork: node, place }]
        : [],
    ),
  )
}

/** All steps of a plan, in the order in which it has them, wherever in it they are. */
export function stepsOf(plan: Plan): readonly PlacedStep[] {
  placed(plan)
  return lists.get(plan) ?? []
}

/** The step with this key. */
export function stepNamed(plan: Plan, step: string): PlacedStep | undefined {
  return placed(plan).get(step)
}

/** How often the probe of a step is asked; 0 for one that has none. */
export function probesOf(plan: Plan, step: string): number {
  const node = stepNamed(plan, step)
  const probe = node === undefined ? undefined : probeOf(node)
  if (probe === undefined) return 0
  return probe.retry.maximumAttempts ?? Number.POSITIVE_INFINITY
}

/** Whether the participant of a step refuses its action once it has been undone. */
export function isBarred(step: StepNode | undefined): boolean {
  return step?.role === 'compensatable' && step.barrier === true
}

/** Whether what a handler does and the row that says so are one commit: then nothing is left of it without that row. */
export function isOneCommit(step: StepNode | undefined, kind: HandlerKind): boolean {
  switch (kind) {
    case 'action':
      return step?.transactional === true
    case 'probe':
      return false
    case 'compensation':
      return (
        step?.role === 'compensatable' &&
        step.compensation.type === 'handler' &&
        step.compensation.transactional === true
      )
  }
}
