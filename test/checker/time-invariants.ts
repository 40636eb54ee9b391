import { now } from './abstract-state.ts'
import type { RowCase } from './row-case.ts'
import type { Shape } from './shape.ts'

/** What holds from one row to the next of times: nothing is over before it is, and a deadline passes once. */
export function timesAreKept({ plan }: Shape, { before, decision }: RowCase): string | null {
  for (const event of decision.events) {
    if (event.type === 'slept' && (before.branches[event.branch]?.wakeAt ?? 0) > now)
      return `R26: "${event.sleep}" is over too soon`
    if (event.type !== 'deadline_passed') continue
    if (before.deadline === 'passed') return 'R27: the deadline passes twice'
    if (before.startedAt + (plan.deadlineMs ?? 0) > now) return 'R27: the deadline passes too soon'
  }
  return null
}
