import type { ForkNode, Plan, PlanNode, StepNode, UndoPlan } from './plan.ts'
import { mainBranch } from './state.ts'

/** A step of the plan, and the fork that it is in; null for one of the main branch. */
export interface PlannedStep {
  readonly node: StepNode
  readonly fork: ForkNode | null
  /** The branch of a parallel fork that it belongs to; null where there is none, and in a forEach. */
  readonly branch: string | null
}

/** What is looked up at every event, made once for each plan. */
interface PlanIndex {
  readonly steps: ReadonlyMap<string, PlannedStep>
  readonly forks: ReadonlyMap<string, ForkNode>
  readonly pivot: StepNode | null
}

const indexes = new WeakMap<Plan, PlanIndex>()

function indexOf(plan: Plan): PlanIndex {
  const known = indexes.get(plan)
  if (known !== undefined) return known
  const planned = plan.nodes.flatMap(stepsOf)
  const index: PlanIndex = {
    steps: new Map(planned.map((step) => [step.node.name, step])),
    forks: new Map(plan.nodes.flatMap((node) => (isFork(node) ? [[node.name, node]] : []))),
    pivot: planned.find(({ node }) => node.role === 'pivot')?.node ?? null,
  }
  indexes.set(plan, index)
  return index
}

function stepsOf(node: PlanNode): readonly PlannedStep[] {
  switch (node.type) {
    case 'step':
      return [{ node, fork: null, branch: null }]
    case 'parallel':
      return node.branches.flatMap(({ name, nodes }) =>
        nodes.map((step) => ({ node: step, fork: node, branch: name })),
      )
    case 'forEach':
      return node.nodes.map((step) => ({ node: step, fork: node, branch: null }))
    case 'choice':
    case 'sleep':
    case 'wait':
    case 'savepoint':
      return []
  }
}

/** Whether a node makes branches. */
export function isFork(node: PlanNode | undefined): node is ForkNode {
  return node?.type === 'parallel' || node?.type === 'forEach'
}

/** Whether a saga of this plan ever has more than one branch. */
export function hasForks(plan: Plan): boolean {
  return indexOf(plan).forks.size > 0
}

/** All steps of a plan, in its order, those of forks among them. */
export function plannedSteps(plan: Plan): readonly PlannedStep[] {
  return [...indexOf(plan).steps.values()]
}

/** The step after which there is no way back; null where the plan has none. */
export function pivotOf(plan: Plan): StepNode | null {
  return indexOf(plan).pivot
}

const itemIndex = /\[(\d+)\]$/
const earlierRound = / \(round \d+\)$/

/** The key of a step, or the name of a list, in a round that is over: `ship[3] (round 1)`. */
export function earlierKey(key: string, round: number): string {
  return `${key} (round ${round})`
}

/** Whether a key is of a round that is over. */
export function isEarlier(plan: Plan, key: string): boolean {
  return currentKey(plan, key) !== key
}

/** A step's key without its round: `ship[3]`. */
export function currentKey(plan: Plan, key: string): string {
  return indexOf(plan).steps.has(key) ? key : key.replace(earlierRound, '')
}

/** What a step's key says: its name in the plan, and the index of its item; 0 where it has none. */
export function stepItem(
  plan: Plan,
  key: string,
): { readonly name: string; readonly index: number } {
  const { name } = stepNode(plan, key)
  const current = currentKey(plan, key)
  return { name, index: name === current ? 0 : Number(itemIndex.exec(current)?.[1]) }
}

/** The step with this key: its name, and in a forEach the index of its item as well: `ship[3]`. */
export function plannedStep(plan: Plan, key: string): PlannedStep | undefined {
  const { steps } = indexOf(plan)
  return steps.get(key) ?? steps.get(currentKey(plan, key).replace(itemIndex, ''))
}

/** The same, where a key that the plan does not have means that journal and plan do not belong together. */
export function stepNode(plan: Plan, key: string): StepNode {
  const planned = plannedStep(plan, key)
  if (planned !== undefined) return planned.node
  throw new RangeError(`"${plan.name}" has no step "${key}": plan and journal differ.`)
}

/** What undoes a step; null when it has no handler for that. */
export function undoOf(plan: Plan, key: string): UndoPlan | null {
  const node = plannedStep(plan, key)?.node
  if (node?.role !== 'compensatable' || node.compensation.type === 'none') return null
  return node.compensation
}

/** The fork with this name. */
export function forkNamed(plan: Plan, name: string): ForkNode {
  const fork = indexOf(plan).forks.get(name)
  if (fork !== undefined) return fork
  throw new RangeError(`"${plan.name}" does not fork at "${name}": plan and journal differ.`)
}

/** Where a branch is in the plan: `book/flight` of a parallel fork, `ship/3` of the fourth item of a forEach. */
export function branchPath(fork: string, branch: string | number): string {
  return `${fork}/${branch}`
}

/** The path's fork, and what it says after that. */
function partsOf(path: string): readonly [fork: string, branch: string] {
  const slash = path.indexOf('/')
  return [path.slice(0, slash), path.slice(slash + 1)]
}

/** The nodes that a branch works through. */
export function nodesOf(plan: Plan, path: string): readonly PlanNode[] {
  if (path === mainBranch) return plan.nodes
  const [name, branch] = partsOf(path)
  const fork = forkNamed(plan, name)
  if (fork.type === 'forEach') return fork.nodes
  const found = fork.branches.find((each) => each.name === branch)
  if (found !== undefined) return found.nodes
  throw new RangeError(`"${plan.name}" has no branch "${path}": plan and journal differ.`)
}

/** The key of a step on a branch. */
export function stepKey(plan: Plan, path: string, node: StepNode): string {
  if (path === mainBranch) return node.name
  const [name, branch] = partsOf(path)
  return forkNamed(plan, name).type === 'forEach' ? `${node.name}[${branch}]` : node.name
}

/** The branch that a step with this key is on. */
export function branchOfStep(plan: Plan, key: string): string {
  const planned = plannedStep(plan, key)
  if (planned === undefined || planned.fork === null) return mainBranch
  return branchPath(planned.fork.name, planned.branch ?? stepItem(plan, key).index)
}

/** The index of the item that a branch is for; null on any other branch. */
export function itemOf(plan: Plan, path: string): { fork: string; index: number } | null {
  if (path === mainBranch) return null
  const [fork, branch] = partsOf(path)
  return forkNamed(plan, fork).type === 'forEach' ? { fork, index: Number(branch) } : null
}

/** The queue for what needs no handler at a place of the main branch: that of the next step, or of the last one. */
export function queueAt(plan: Plan, place: number): string {
  const steps = plan.nodes.slice(place).flatMap(stepsOf)
  return (steps[0] ?? plannedSteps(plan).at(-1))?.node.queue ?? 'default'
}

/** Whether an attempt at the step's action has surely no effect unless the journal says that it succeeded. */
export function isAllOrNothing(plan: Plan, key: string): boolean {
  return plannedStep(plan, key)?.node.transactional === true
}

/** Whether the participant refuses an action of this step that comes after its undo. */
export function isBarred(plan: Plan, step: string): boolean {
  const node = plannedStep(plan, step)?.node
  return node?.role === 'compensatable' && node.barrier === true
}

/** Whether the definition says that this step leaves nothing to undo. */
export function isHarmless(plan: Plan, step: string): boolean {
  const node = plannedStep(plan, step)?.node
  return node?.role === 'compensatable' && node.compensation.type === 'none'
}
