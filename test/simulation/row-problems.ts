import { isDeepStrictEqual } from 'node:util'
import type { SagaEvent } from '../../packages/engine/src/core/event.ts'
import type { Plan } from '../../packages/engine/src/core/plan.ts'
import { branchesAtWork } from '../../packages/engine/src/core/state-patch.ts'
import type { SagaState } from '../../packages/engine/src/core/state.ts'
import type { SagaRow, TaskRow } from '../../packages/engine/src/ports/saga-queries.ts'
import { hasPassedPivot } from './shapes.ts'

const actionEvents = new Set([
  'action_starting',
  'action_succeeded',
  'action_rejected',
  'choice_made',
  'fork_began',
  'fork_joined',
])
const ends = new Set(['saga_completed', 'saga_compensated'])

/** What is wrong with an event behind the rows so far; null when nothing is. */
export function eventProblem(plan: Plan, state: SagaState, event: SagaEvent): string | null {
  const { type } = event
  if (type === 'compensation_began') return turnProblem(plan, state)
  // A cause stays when the saga goes forward again from a save-point.
  const isBack = state.status === 'compensating' || (state.failure !== null && state.round === 1)
  if (actionEvents.has(type) && isBack) return `${type} after the decision to go back`
  const isOver = state.status === 'completed' || state.status === 'compensated'
  return ends.has(type) && isOver ? `${type} while it is ${state.status}` : null
}

function turnProblem(plan: Plan, state: SagaState): string | null {
  if (hasPassedPivot(plan, state)) return 'it turns back behind a succeeded pivot'
  const inDoubt = state.fork === null ? [] : branchesAtWork(state)
  if (inDoubt.length > 0) return `it turns back while ${inDoubt.join()} are in doubt`
  // On its way to a save-point it may find that it was called off.
  const mayTurn = state.status === 'running' || state.status === 'stuck' || state.returning !== null
  return mayTurn ? null : `it turns back while it is ${state.status}`
}

/** The first failure is kept. */
export function failureProblem(before: SagaState | null, after: SagaState | null): string | null {
  const first = before?.failure ?? null
  if (first === null || isDeepStrictEqual(first, after?.failure)) return null
  return `row ${after?.seq} changes the first failure`
}

/** Where the row that people see says something else than the journal. */
export function rowProblems(row: SagaRow, state: SagaState): readonly string[] {
  const stuck = state.status === 'stuck' ? state.stuck : null
  const expected = {
    status: state.status,
    stuckCode: stuck?.code ?? null,
    stuckStep: stuck?.step ?? null,
    output: state.status === 'completed' ? state.output : null,
    failure: state.failure ?? (stuck === null ? null : { ...stuck.failure, step: stuck.step }),
  }
  return Object.entries(expected).flatMap(([field, value]) => {
    const shown: unknown = Reflect.get(row, field)
    if (isDeepStrictEqual(shown, value)) return []
    return [`its row has ${field} ${JSON.stringify(shown)}, its journal ${JSON.stringify(value)}`]
  })
}

/** What moves has a task for each branch that is at work, and there is no other task. */
export function taskProblem(state: SagaState, tasks: readonly TaskRow[]): string | null {
  const isMoving = state.status === 'running' || state.status === 'compensating'
  const expected = isMoving ? branchesAtWork(state).toSorted() : []
  const found = tasks.map(({ branch }) => branch).toSorted()
  if (isDeepStrictEqual(found, expected)) return null
  return `it is ${state.status} at ${expected.join() || 'nothing'}, and has tasks for ${found.join() || 'nothing'}`
}

/** Nobody holds what is not there. */
export function claimProblem(held: readonly string[], tasks: readonly TaskRow[]): string | null {
  const lost = held.filter(
    (path) => !tasks.some(({ branch, claimed }) => branch === path && claimed),
  )
  return lost.length === 0 ? null : `claims stand on ${lost.join()}, and no task of them is claimed`
}

/** Of a list no more items are at work than may be, on the way back as on the way forward. */
export function crowdProblem(plan: Plan, tasks: readonly TaskRow[]): string | null {
  for (const node of plan.nodes) {
    if (node.type !== 'forEach') continue
    const atWork = tasks.filter(({ branch }) => branch.startsWith(`${node.name}/`)).length
    if (atWork > node.concurrency) return `${atWork} items of "${node.name}" are at work`
  }
  return null
}
