import { canonicalJson } from './canonical-json.ts'
import type { Plan, PlanNode, StepNode } from './plan.ts'
import { branchPath } from './plan-steps.ts'
import { valueDifferences } from './value-difference.ts'

/** After these, more lines help nobody: the definition is another one. */
const maximumDifferences = 5

/**
 * What a declared plan does differently from the stored one of the same name and version, in words: the first few lines.
 * Empty exactly when the plans are the same.
 */
export function planDifferences(stored: Plan, declared: Plan): readonly string[] {
  const { nodes: storedNodes, ...storedSaga } = stored
  const { nodes: declaredNodes, ...declaredSaga } = declared
  const matches = matchNodes(placeAll(storedNodes), placeAll(declaredNodes))
  const found = [
    ...valueDifferences(storedSaga, declaredSaga),
    ...matches.flatMap(nodeDifferences),
    ...movedNodes(matches.filter((match) => match.status === 'kept')),
  ]
  const rest = found.length - maximumDifferences
  return rest <= 0 ? found : [...found.slice(0, maximumDifferences), `and ${rest} more`]
}

type GivenKind = 'step' | 'parallel' | 'forEach' | 'when' | 'sleep' | 'waitFor' | 'savepoint'

/** A node, by itself: what is in a fork stands behind it, with its own place. */
interface Placed {
  /** What people call it. */
  readonly kind: GivenKind
  readonly name: string
  /** What is compared, without the name. */
  readonly options: Readonly<Record<string, unknown>>
  /** The branch of a parallel, or the forEach, that it is in; null for one of the saga itself. */
  readonly line: string | null
  /** From 1, in its line. */
  readonly place: number
}

function placeAll(nodes: readonly PlanNode[]): readonly Placed[] {
  return nodes.flatMap((node, index) => placeNode(node, index + 1))
}

function placeNode(node: PlanNode, place: number): readonly Placed[] {
  const at = { name: node.name, line: null, place }
  switch (node.type) {
    case 'step':
      return [placeStep(node, at)]
    case 'choice': {
      const { name: _, ...options } = node
      return [{ ...at, kind: 'when', options }]
    }
    case 'wait': {
      const { name: _, ...options } = node
      return [{ ...at, kind: 'waitFor', options }]
    }
    case 'sleep': {
      const { name: _, ...options } = node
      return [{ ...at, kind: 'sleep', options }]
    }
    case 'savepoint': {
      const { name: _, ...options } = node
      return [{ ...at, kind: 'savepoint', options }]
    }
    case 'forEach': {
      const { name, nodes, ...options } = node
      return [{ ...at, kind: 'forEach', options }, ...placeLine(name, nodes)]
    }
    case 'parallel': {
      const { name, branches, ...options } = node
      const names = branches.map((branch) => branch.name)
      return [
        { ...at, kind: 'parallel', options: { ...options, branches: names } },
        ...branches.flatMap((branch) => placeLine(branchPath(name, branch.name), branch.nodes)),
      ]
    }
  }
}

function placeLine(line: string, nodes: readonly StepNode[]): readonly Placed[] {
  return nodes.map((node, index) => placeStep(node, { line, place: index + 1 }))
}

function placeStep(
  { name, ...options }: StepNode,
  { line, place }: Pick<Placed, 'line' | 'place'>,
): Placed {
  return { kind: 'step', name, options, line, place }
}

/** A node that is in both plans, or in one of them. */
type Match = Kept | Added | Removed

interface Kept {
  readonly status: 'kept'
  readonly before: Placed
  readonly after: Placed
}

interface Added {
  readonly status: 'added'
  readonly after: Placed
}

interface Removed {
  readonly status: 'removed'
  readonly before: Placed
}

/** Nodes belong together by name; two of a kind without a partner at the same place are one with a new name. */
function matchNodes(stored: readonly Placed[], declared: readonly Placed[]): readonly Match[] {
  const byName = new Map(stored.map((placed) => [placed.name, placed]))
  const declaredNames = new Set(declared.map(({ name }) => name))
  const byPlace = new Map(
    stored.filter(({ name }) => !declaredNames.has(name)).map((placed) => [keyOf(placed), placed]),
  )
  const present = declared.map((after): Kept | Added => {
    const before = byName.get(after.name) ?? byPlace.get(keyOf(after))
    return before === undefined ? { status: 'added', after } : { status: 'kept', before, after }
  })
  const taken = new Set(present.map((match) => (match.status === 'kept' ? match.before : null)))
  const removed = stored.filter((placed) => !taken.has(placed))
  return [...present, ...removed.map((before): Removed => ({ status: 'removed', before }))]
}

function keyOf({ kind, line, place }: Placed): string {
  return canonicalJson([kind, line, place])
}

function nodeDifferences(match: Match): readonly string[] {
  switch (match.status) {
    case 'added':
      return [`${print(match.after)} was added at ${printPlace(match.after)}`]
    case 'removed':
      return [`${print(match.before)} was removed`]
    case 'kept': {
      const { before, after } = match
      const renamed =
        before.name === after.name ? [] : [`${print(before)} was renamed to "${after.name}"`]
      const moved =
        before.line === after.line ? [] : [`${print(after)} moved to ${printPlace(after)}`]
      const changed = valueDifferences(before.options, after.options)
      return [...renamed, ...moved, ...changed.map((line) => `${print(after)}: ${line}`)]
    }
  }
}

function print({ kind, name }: Placed): string {
  return `${kind} "${name}"`
}

function printPlace({ line, place }: Placed): string {
  return line === null ? `place ${place}` : `place ${place} of "${line}"`
}

/** The new order of each line. Who was renamed, or came from another line, has been told of already. */
function movedNodes(kept: readonly Kept[]): readonly string[] {
  const stayed = kept.filter(
    ({ before, after }) => before.name === after.name && before.line === after.line,
  )
  const lines = new Set(stayed.map(({ after }) => after.line))
  return [...lines].flatMap((line) => movedNode(stayed.filter(({ after }) => after.line === line)))
}

/** The one node whose move explains the new order, or else the first that stands elsewhere. */
function movedNode(after: readonly Kept[]): readonly string[] {
  const before = after.toSorted((a, b) => a.before.place - b.before.place)
  const first = after.find((match, index) => match !== before[index])
  if (first === undefined) return []
  const moved = after.find((match) => isOnlyMove(before, after, match)) ?? first
  const index = after.indexOf(moved)
  const place =
    index === 0 ? `before "${after[1]?.after.name}"` : `behind "${after[index - 1]?.after.name}"`
  return [`${print(moved.after)} moved ${place}`]
}

function isOnlyMove(before: readonly Kept[], after: readonly Kept[], moved: Kept): boolean {
  const rest = (matches: readonly Kept[]): string =>
    canonicalJson(matches.filter((match) => match !== moved).map((match) => match.after.place))
  return rest(before) === rest(after)
}
