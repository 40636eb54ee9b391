import { fold } from '../../packages/engine/src/core/fold.ts'
import type { Plan } from '../../packages/engine/src/core/plan.ts'
import { canonicalJson } from '../../packages/engine/src/core/canonical-json.ts'
import type { ObservedSaga } from './observed.ts'

/** What holds of every saga after every command, whatever came before. */
export function rowProblems(plan: Plan, saga: ObservedSaga): readonly string[] {
  return [...journalProblems(plan, saga), ...taskProblems(saga)]
}

/** Folding the journal gives the stored row; the journal has no gap. */
function journalProblems(plan: Plan, saga: ObservedSaga): readonly string[] {
  const { journal, sagaId } = saga
  const gap = journal.findIndex(({ seq }, index) => seq !== index + 1)
  if (gap !== -1) return [`the journal has a gap before row ${gap + 1}`]
  const state = fold(plan, sagaId, journal)
  const isStuck = state.status === 'stuck'
  const folded = {
    status: state.status,
    stuckCode: isStuck ? state.stuck.code : null,
    stuckStep: isStuck ? state.stuck.step : null,
  }
  const stored = { status: saga.status, stuckCode: saga.stuckCode, stuckStep: saga.stuckStep }
  const problems: string[] = []
  if (canonicalJson(folded) !== canonicalJson(stored)) {
    problems.push(`the row says ${JSON.stringify(stored)}, the journal ${JSON.stringify(folded)}`)
  }
  // While a saga goes forward its row says nothing of what went wrong before.
  const isTold = saga.failure !== null && state.failure !== null
  const [told, known] = [saga.failure, state.failure]
  if (isTold && canonicalJson(told) !== canonicalJson(known)) {
    problems.push(
      `the row names ${JSON.stringify(told)} as cause, the journal ${JSON.stringify(known)}`,
    )
  }
  return problems
}

/** No silent stall: who is alive has a task or is stuck; who has ended, or is stuck, has none. */
function taskProblems({ status, tasks }: ObservedSaga): readonly string[] {
  const isAtWork = status === 'running' || status === 'compensating'
  if (isAtWork && tasks.length === 0) return [`it is ${status} and has no task`]
  return isAtWork || tasks.length === 0 ? [] : [`it is ${status} and has a task`]
}
