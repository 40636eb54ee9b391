import type { ActionFailed, JournalEntry } from '../../packages/engine/src/core/event.ts'
import type { Plan } from '../../packages/engine/src/core/plan.ts'
import { stepNode } from '../../packages/engine/src/core/plan-steps.ts'
import type { JudgedSaga } from './judged-saga.ts'
import { beginningMs } from './world.ts'

/** Attempts end with their budgets, and none begins before its time. */
export function retryProblems(saga: JudgedSaga): readonly string[] {
  return [...budgetProblems(saga), ...haste(saga)]
}

/** Each failure counts against the budget of its code, or else against that of the step; an operator gives fresh ones. */
function budgetProblems({ plan, events }: JudgedSaga): readonly string[] {
  const counted = new Map<string, number>()
  return events.flatMap((event) => {
    // An operator gives fresh budgets, and so does a save-point.
    if (event.type === 'saga_resumed' || event.type === 'savepoint_reached') counted.clear()
    if (event.type !== 'action_failed') return []
    // A fallback is one attempt beyond the budget.
    if (event.via === 'fallback') return []
    const { step, failure, retryDelayMs } = event
    const { code, maximum } = budgetOf(plan, event)
    const name = `${step} ${code}`
    const count = (counted.get(name) ?? 0) + 1
    counted.set(name, count)
    if (maximum === null || count < maximum) return []
    const isOver = count === maximum && retryDelayMs === null
    return isOver ? [] : [`"${step}" has failed ${count} times by ${failure.code}, and goes on`]
  })
}

function budgetOf(
  plan: Plan,
  { step, failure }: ActionFailed,
): { readonly code: string; readonly maximum: number | null } {
  const { retry } = stepNode(plan, step)
  const own = retry.byCode?.[failure.code]
  return own === undefined
    ? { code: '', maximum: retry.maximumAttempts }
    : { code: failure.code, maximum: own.maximumAttempts }
}

/** A participant that has asked for time gets it, and no attempt comes before the time that the journal says. */
function haste({ sagaId, entries, ledger }: JudgedSaga): readonly string[] {
  const calls = ledger.calls.filter((call) => call.sagaId === sagaId && call.direction === 'action')
  return entries.flatMap(({ at, events }) =>
    events.flatMap((event) => {
      if (event.type !== 'action_failed' || event.retryDelayMs === null) return []
      const { step, attempt, retryDelayMs } = event
      const own = calls.filter((call) => call.step === step)
      const failedMs = at - beginningMs
      const failed = own.findLast((call) => call.attempt === attempt && call.startedMs <= failedMs)
      const asked = failed?.askedMs ?? 0
      const dueMs = failedMs + retryDelayMs
      const next = own.find((call) => call.attempt === attempt + 1 && call.round === failed?.round)
      const isEarly = next !== undefined && next.startedMs < dueMs - slackMs
      return [
        ...(retryDelayMs < asked ? [`"${step}" asked for ${asked} ms, gets ${retryDelayMs}`] : []),
        ...(isEarly && !entries.some(isReset)
          ? [`attempt ${attempt + 1} of "${step}" came at ${next.startedMs}, due at ${dueMs}`]
          : []),
      ]
    }),
  )
}

/** Clocks of processes run a little too fast, and what they reckon by is as old as their claim. */
const slackMs = 100

/** An operator sets it going at once. */
function isReset({ events }: JournalEntry): boolean {
  return events.some(({ type }) => type === 'saga_resumed')
}
