import type { Plan, PlanNode } from '../../../packages/engine/src/core/plan.ts'
import type { RequestRecord } from '../../../packages/engine/src/ports/saga-store.ts'
import type { BrokenPlan } from './mutants-of-the-plans.ts'
import type { BrokenStore } from './broken-store.ts'
import { anotherWayBack } from './mutants-of-the-events.ts'

/** Cores that take other times, rounds and ways for the plan's. */
export const mutantsOfTheWaits: readonly BrokenPlan[] = [
  {
    name: 'forgets-deadlines',
    breaks: 'a saga whose deadline passes before its pivot turns back',
    planFor: (plan) => {
      const { deadlineMs: _, ...rest } = plan
      return rest
    },
  },
  {
    name: 'sleeps-too-little',
    breaks: 'a sleep does not end early',
    planFor: everyNode((node) =>
      node.type === 'sleep' ? { ...node, durationMs: node.durationMs / 2 } : node,
    ),
  },
  {
    name: 'waits-too-little',
    breaks: 'a signal that comes in time is taken',
    planFor: everyNode((node) => {
      if (node.type !== 'wait' || node.timeoutMs === null) return node
      return { ...node, timeoutMs: node.timeoutMs / 2 }
    }),
  },
  {
    name: 'goes-on-without',
    breaks: 'who waited in vain turns back where the plan says so',
    planFor: everyNode((node) =>
      node.type === 'wait' ? { ...node, onTimeout: 'continue' } : node,
    ),
  },
  {
    name: 'has-one-more-round',
    breaks: 'behind its last round a saga goes the whole way back',
    planFor: everyNode((node) =>
      node.type === 'savepoint' ? { ...node, maximumRounds: node.maximumRounds + 1 } : node,
    ),
  },
]

/** Stores that lose signals, take one for several, or write down another way back. */
export const mutantsOfTheSignals: readonly BrokenStore[] = [
  {
    name: 'loses-signals',
    breaks: 'a signal that was sent is in the journal',
    methodsOf: (store, now) => ({
      request: async (record) =>
        isSignal(record) ? { applied: true, seq: 1, at: now(), woken: [] } : store.request(record),
    }),
  },
  {
    name: 'counts-signals-twice',
    breaks: 'a signal that is sent again counts once',
    methodsOf: (store) => {
      let no = 0
      return {
        request: (record) => {
          no += 1
          const appendId = isSignal(record) ? `${record.appendId} ${no}` : record.appendId
          return store.request({ ...record, appendId })
        },
      }
    },
  },
  anotherWayBack({
    name: 'forgets-the-savepoint',
    breaks: 'a saga whose save-point has rounds left goes back no farther',
    change: (began) => {
      const { savepoint: _, ...rest } = began
      return rest
    },
  }),
]

function isSignal({ events }: RequestRecord): boolean {
  return events.some(({ type }) => type === 'signal_received')
}

function everyNode(change: (node: PlanNode) => PlanNode): (plan: Plan) => Plan {
  return (plan) => ({ ...plan, nodes: plan.nodes.map(change) })
}
