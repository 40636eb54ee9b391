import type { SagaEvent } from '../../packages/engine/src/core/event.ts'
import { stepNode } from '../../packages/engine/src/core/plan-steps.ts'
import { effectProblems } from './effect-problems.ts'
import type { HandlerCall } from './ledger.ts'
import { calmProblems, startedProblems, toldProblems } from './caller-problems.ts'
import type { JudgedSaga } from './judged-saga.ts'
import { doubtProblems } from './doubt-problems.ts'
import { orderProblems } from './order-problems.ts'
import { retryProblems } from './retry-problems.ts'
import { tellsOf } from './tells-of.ts'
import { transactionProblems } from './transaction-problems.ts'
import { shapeOf } from './shapes.ts'
import { signalProblems, wayProblems } from './signal-problems.ts'
import type { Traffic } from './traffic.ts'
import type { World } from './world.ts'

/** Holds what has become of everything against what was promised. Whatever is wrong is told to the witness. */
export function judge({ witness, ledger, isCalm, faults }: World, traffic: Traffic): void {
  for (const { sagaId, plan, state, entries } of witness.sagas.values()) {
    if (plan === null || state === null) {
      witness.accuse(sagaId, 'it cannot be read')
      continue
    }
    const events = entries.flatMap((entry) => entry.events)
    const problems = [
      ...sagaProblems({ sagaId, plan, state, entries, events, ledger }),
      ...signalProblems({ sagaId, events }, traffic.postman.sent),
    ]
    for (const what of problems) witness.accuse(sagaId, what)
  }
  // A handler that kills its process takes others with it.
  const wasCalm = isCalm && faults.counts.handler_killed === undefined
  const problems = [
    ...startedProblems(witness.sagas, traffic),
    ...toldProblems(witness.sagas, traffic),
    ...(wasCalm ? calmProblems(witness.sagas, traffic) : []),
  ]
  for (const { sagaId, what } of problems) witness.accuse(sagaId, what)
}

function sagaProblems(saga: JudgedSaga): readonly string[] {
  const { sagaId, events, ledger } = saga
  const calls = ledger.calls.filter((call) => call.sagaId === sagaId)
  return [
    ...effectProblems(saga),
    ...orderProblems(saga),
    ...retryProblems(saga),
    ...doubtProblems(saga),
    ...transactionProblems(saga),
    ...wayProblems(saga),
    ...calls.flatMap((call) => reportProblems(saga, call)),
    ...calls.flatMap((call) => keyProblems(events, call)),
    ...stuckProblems(saga),
  ]
}

/** What a handler came to is in the journal, in time or late, unless its process could not tell. */
function reportProblems({ events, plan }: JudgedSaga, call: HandlerCall): readonly string[] {
  const { direction, step, attempt, outcome, node } = call
  if (outcome === 'open' || outcome === 'cut off' || node.isDead) return []
  if (call.isTransactional) return []
  const isRetriable = stepNode(plan, step).role === 'retriable'
  if (events.some((event) => tells(event, call, isRetriable))) return []
  return [`${direction} of "${step}", attempt ${attempt}, has ${outcome}, and no row tells`]
}

function tells(event: SagaEvent, call: HandlerCall, isRetriable: boolean): boolean {
  const { direction, outcome } = call
  if (event.type === 'late_result') return tellsOf(event, call, reported(direction, outcome))
  // Behind the pivot, a rejection is one more failure.
  const isFailure = isRetriable && outcome === 'rejected'
  return tellsOf(event, call, isFailure ? 'failed' : reported(direction, outcome))
}

/** How the journal calls it: a compensation cannot be rejected, and what cannot be stored is a failure. */
function reported(
  direction: HandlerCall['direction'],
  outcome: HandlerCall['outcome'],
): 'succeeded' | 'rejected' | 'failed' {
  if (outcome === 'succeeded') return 'succeeded'
  return outcome === 'rejected' && direction === 'action' ? 'rejected' : 'failed'
}

/**
 * Actions have one key for all attempts, in each round of a save-point; undos one for each round that the journal has opened.
 * Rounds are numbered over the whole saga.
 */
function keyProblems(events: readonly SagaEvent[], call: HandlerCall): readonly string[] {
  const { step, direction, key, round } = call
  const again = events.filter(({ type }) => type === 'savepoint_reached').length
  const reopened = events.filter(({ type }) => type === 'compensation_reopened')
  const isFirst = direction === 'action' && again === 0
  const rounds = isFirst ? 1 : 1 + again + reopened.length
  return round <= rounds ? [] : [`"${step}" was given ${key} in ${rounds} rounds`]
}

function stuckProblems({ plan, state }: JudgedSaga): readonly string[] {
  if (state.status !== 'stuck') return []
  const { code } = state.stuck
  const isPossible = !shapeOf(plan.name, plan.version).neverStuckBy.includes(code)
  return isPossible ? [] : [`a "${plan.name}" cannot be stuck by ${code}`]
}
