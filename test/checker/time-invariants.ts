import type { Slept } from '../../packages/engine/src/core/wait-event.ts'
import type { Plan } from '../../packages/engine/src/core/plan.ts'
import type { SagaState } from '../../packages/engine/src/core/state.ts'
import { now } from './abstract-state.ts'
import type { RowCase } from './row-case.ts'
import type { Shape } from './shape.ts'

/** Whether a branch had come to its sleep before, and long enough ago. */
function isAwake(plan: Plan, { branches }: SagaState, { branch, sleep }: Slept): boolean {
  const { cursor = 0, wakeAt = 0 } = branches[branch] ?? {}
  return plan.nodes[cursor]?.name === sleep && wakeAt <= now
}

/** What holds from one row to the next of times: nothing is over before it is, and a deadline passes once. */
export function timesAreKept({ plan }: Shape, { before, decision }: RowCase): string | null {
  for (const event of decision.events) {
    if (event.type === 'slept' && !isAwake(plan, before, event))
      return `R26: "${event.sleep}" is over too soon`
    if (event.type !== 'deadline_passed') continue
    if (before.deadline === 'passed') return 'R27: the deadline passes twice'
    if (before.startedAt + (plan.deadlineMs ?? 0) > now) return 'R27: the deadline passes too soon'
  }
  return null
}
