import type { JournalEntry } from '../../packages/engine/src/core/event.ts'
import type { Plan } from '../../packages/engine/src/core/plan.ts'
import { branchOfStep, nodesOf, plannedStep } from '../../packages/engine/src/core/plan-steps.ts'
import type { JudgedSaga } from './judged-saga.ts'
import type { HandlerCall } from './ledger.ts'

/** Where an action stands among the others of its saga. */
interface Standing {
  /** Of its node, or of the fork that it is in. */
  readonly place: number
  readonly branch: string
  /** Of its node on its branch. */
  readonly index: number
  /** The row of its verdict. What has none is where its branch turned back: it comes after all others. */
  readonly settled: number
  /** Whether the fork that it is in is undone in one line. */
  readonly isSerial: boolean
  /** Of the action. */
  readonly round: number
  /** Whether the saga comes to it once at most, because it is before every save-point. */
  readonly isOnce: boolean
}

/**
 * Undos take effect in the reverse of the order in which actions settled in the journal: those of a branch, those of one
 * node of the plan and the next, and where a fork is undone in one line all of it.
 */
export function orderProblems({ sagaId, plan, entries, ledger }: JudgedSaga): readonly string[] {
  const undone = ledger.effects.filter(
    (effect) =>
      effect.sagaId === sagaId &&
      effect.direction === 'compensation' &&
      effect.call.round === effect.call.actionRound,
  )
  const settled = settledRows(entries)
  const standings = undone.map(({ call }) => standingOf(plan, settled, call))
  for (const [late, { place }] of undone.entries()) {
    for (let early = 0; early < late; early += 1) {
      const [first, second] = [standings[early], standings[late]]
      if (first !== undefined && second !== undefined && mustPrecede(second, first)) {
        return [`${place} was undone too late, after ${undone[early]?.place}`]
      }
    }
  }
  return []
}

function settledRows(entries: readonly JournalEntry[]): ReadonlyMap<string, number> {
  const rows = new Map<string, number>()
  for (const { seq, events } of entries) {
    for (const event of events) {
      if (event.type === 'action_succeeded' || event.type === 'action_rejected') {
        rows.set(event.step, seq)
      }
    }
  }
  return rows
}

function standingOf(
  plan: Plan,
  settled: ReadonlyMap<string, number>,
  { step: key, actionRound }: HandlerCall,
): Standing {
  const branch = branchOfStep(plan, key)
  const planned = plannedStep(plan, key)
  const outer = planned?.fork ?? planned?.node
  const place = plan.nodes.findIndex(({ name }) => name === outer?.name)
  const savepoint = plan.nodes.findIndex(({ type }) => type === 'savepoint')
  return {
    place,
    branch,
    index: nodesOf(plan, branch).findIndex(({ name }) => name === planned?.node.name),
    settled: settled.get(key) ?? Infinity,
    isSerial: planned?.fork?.compensation === 'serial',
    round: actionRound,
    isOnce: savepoint === -1 || place < savepoint,
  }
}

/** Whether the first has to be undone before the second one. */
function mustPrecede(a: Standing, b: Standing): boolean {
  // What a round has done is undone before the next one does it again.
  if (a.round !== b.round && !b.isOnce) return false
  if (a.place !== b.place) return a.place > b.place
  if (a.branch === b.branch) return a.index > b.index
  return a.isSerial && a.settled > b.settled
}
