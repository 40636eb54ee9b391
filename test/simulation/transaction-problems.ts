import type { LateOutcome } from '../../packages/engine/src/core/late-event.ts'
import { stepNode } from '../../packages/engine/src/core/plan-steps.ts'
import type { JudgedSaga } from './judged-saga.ts'
import type { HandlerCall } from './ledger.ts'
import { tellsOf } from './tells-of.ts'

/** What a handler did in a transaction stands, and the journal says that its attempt has succeeded; or neither. */
export function transactionProblems(saga: JudgedSaga): readonly string[] {
  const calls = saga.ledger.calls.filter(
    ({ sagaId, isTransactional }) => sagaId === saga.sagaId && isTransactional,
  )
  return [...calls.flatMap((call) => callProblems(saga, call)), ...unbacked(saga, calls)]
}

function callProblems({ events }: JudgedSaga, call: HandlerCall): readonly string[] {
  const { direction, step, attempt, outcome, effectMs, node } = call
  const told = (status: LateOutcome['status']): boolean =>
    events.some((event) => tellsOf(event, call, status))
  const what = `${direction} of "${step}", attempt ${attempt},`
  if (effectMs !== null) {
    return told('succeeded') ? [] : [`${what} was committed without the row that says so`]
  }
  if (outcome !== 'succeeded' || node.isDead || told('failed') || told('succeeded')) return []
  // What is left of an attempt whose claim was lost is that it was.
  if (events.some(({ type }) => type === 'lease_lost')) return []
  return [`${what} was rolled back, and no row tells`]
}

/** Successes behind which there is no commit, and late ones: there is nothing that could come late. */
function unbacked({ plan, events }: JudgedSaga, calls: readonly HandlerCall[]): readonly string[] {
  return events.flatMap((event) => {
    if (event.type === 'late_result') {
      const { step, kind, outcome } = event
      const isIn = kind === 'action' && stepNode(plan, step).transactional === true
      return isIn && outcome.status === 'succeeded' ? [`"${step}" has succeeded late`] : []
    }
    if (event.type !== 'action_succeeded' && event.type !== 'compensation_succeeded') return []
    const { step, attempt } = event
    const own = calls.filter((call) => tellsOf(event, call, 'succeeded'))
    const isBacked = own.length === 0 || own.some(({ effectMs }) => effectMs !== null)
    return isBacked ? [] : [`${event.type} of "${step}", attempt ${attempt}, without its commit`]
  })
}
