import { valueAt } from '../../packages/engine/src/core/key-map.ts'
import type { RowCase } from './row-case.ts'
import type { Shape } from './shape.ts'

/** What holds of the other way of a step, and of its circuit, from one row to the next. */
export const fallbackChecks: readonly ((shape: Shape, row: RowCase) => string | null)[] = [
  onceForEachBudget,
  noActionBehindIt,
  openCircuitsKeepBack,
]

function onceForEachBudget(_: Shape, { before, decision: { events } }: RowCase): string | null {
  if (events.some(({ type }) => type === 'saga_resumed')) return null
  for (const event of events) {
    if (event.type !== 'fallback_began') continue
    // A step that is only now reached cannot have used it.
    const used = valueAt(before.steps, event.step)?.action.fallback ?? 'unused'
    if (used !== 'unused') return `I33: the fallback of "${event.step}" is begun twice`
  }
  return null
}

function noActionBehindIt(_: Shape, { after, decision }: RowCase): string | null {
  for (const command of decision.commands) {
    if (command.type !== 'run_action') continue
    const fallback = valueAt(after.steps, command.step)?.action.fallback ?? 'unused'
    const isOther = command.via === 'fallback'
    if (isOther !== (fallback === 'due') || fallback === 'spent') {
      return `I33: "${command.step}" is tried where its fallback is ${fallback}`
    }
  }
  return null
}

/** An open circuit begins no attempt at the action, and none counts. */
function openCircuitsKeepBack(_: Shape, { before, decision, observation }: RowCase): string | null {
  if (observation?.type !== 'claimed' || observation.circuitOpenMs === undefined) return null
  const begun = decision.commands.find(
    (command) =>
      command.type === 'run_action' && command.via !== 'fallback' && command.delayMs === 0,
  )
  const { branch } = observation
  // What is behind the step that it was at has a circuit of its own.
  const moved = decision.events.some((event) => /^(action_succeeded|fork_)/.test(event.type))
  if (begun?.branch === branch && !moved) return 'I34: an open circuit lets an attempt through'
  const burned = decision.events.some(({ type }) => type === 'action_failed')
  return burned && before.status === 'running' ? 'I34: an open circuit burns an attempt' : null
}
