import { canonicalJson } from './canonical-json.ts'
import type { Plan, PlanNode } from './plan.ts'
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
  const matches = matchSteps(storedNodes, declaredNodes)
  const found = [
    ...valueDifferences(storedSaga, declaredSaga),
    ...matches.flatMap(stepDifferences),
    ...movedStep(matches.filter((match) => match.status === 'kept')),
  ]
  const rest = found.length - maximumDifferences
  return rest <= 0 ? found : [...found.slice(0, maximumDifferences), `and ${rest} more`]
}

/** A step that is in both plans, or in one of them. Places count from 1. */
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

interface Placed {
  readonly node: PlanNode
  readonly place: number
}

/** Steps belong together by name; two without a partner at the same place are one step with a new name. */
function matchSteps(
  storedNodes: readonly PlanNode[],
  declaredNodes: readonly PlanNode[],
): readonly Match[] {
  const stored = storedNodes.map((node, index): Placed => ({ node, place: index + 1 }))
  const byName = new Map(stored.map((placed) => [placed.node.name, placed]))
  const declaredNames = new Set(declaredNodes.map(({ name }) => name))
  const present = declaredNodes.map((node, index): Kept | Added => {
    const after = { node, place: index + 1 }
    const before = byName.get(node.name) ?? withoutPartner(stored[index], declaredNames)
    return before === undefined ? { status: 'added', after } : { status: 'kept', before, after }
  })
  const taken = new Set(present.map((match) => (match.status === 'kept' ? match.before : null)))
  const removed = stored.filter((placed) => !taken.has(placed))
  return [...present, ...removed.map((before): Removed => ({ status: 'removed', before }))]
}

function withoutPartner(
  placed: Placed | undefined,
  declaredNames: ReadonlySet<string>,
): Placed | undefined {
  return placed === undefined || declaredNames.has(placed.node.name) ? undefined : placed
}

function stepDifferences(match: Match): readonly string[] {
  switch (match.status) {
    case 'added':
      return [`step "${match.after.node.name}" was added at place ${match.after.place}`]
    case 'removed':
      return [`step "${match.before.node.name}" was removed`]
    case 'kept': {
      const { name: oldName, ...oldOptions } = match.before.node
      const { name, ...options } = match.after.node
      const renamed = oldName === name ? [] : [`step "${oldName}" was renamed to "${name}"`]
      const changed = valueDifferences(oldOptions, options)
      return [...renamed, ...changed.map((line) => `step "${name}": ${line}`)]
    }
  }
}

/** The one step whose move explains the new order, or else the first that stands elsewhere. Renamed ones are said already. */
function movedStep(kept: readonly Kept[]): readonly string[] {
  const after = kept.filter(({ before: { node }, after: { node: now } }) => node.name === now.name)
  const before = after.toSorted((a, b) => a.before.place - b.before.place)
  const first = after.find((match, index) => match !== before[index])
  if (first === undefined) return []
  const moved = after.find((match) => isOnlyMove(before, after, match)) ?? first
  const names = after.map((match) => match.after.node.name)
  const index = after.indexOf(moved)
  const place = index === 0 ? `before "${names[1]}"` : `behind "${names[index - 1]}"`
  return [`step "${names[index]}" moved ${place}`]
}

function isOnlyMove(before: readonly Kept[], after: readonly Kept[], moved: Kept): boolean {
  const rest = (matches: readonly Kept[]): string =>
    canonicalJson(matches.filter((match) => match !== moved).map((match) => match.after.place))
  return rest(before) === rest(after)
}
