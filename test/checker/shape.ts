import type { Plan } from '../../packages/engine/src/core/plan.ts'
import { stepNamed, stepsOf } from './plan-steps.ts'

/** What can go wrong, or be asked for, only so often: else no search would end. */
export const faults = [
  'rejection',
  'failure',
  'unsettled',
  'unusable',
  'stillUnknown',
  'unknownDefinition',
  'crash',
  'expiry',
  'overdue',
  'lostReply',
  'cancel',
  'retry',
  'handover',
  'duplicate',
  'flush',
  'openCircuit',
] as const

/** With fewer lost leases than this, nobody counts them. */
export const poisonousDeaths = 5

/** One kind of trouble. */
export type Fault = (typeof faults)[number]

/** How often each kind happens at most in one saga; what is not named does not happen. */
export type Budget = Readonly<Partial<Record<Fault, number>>>

/** A plan and the troubles that it is searched with. */
export interface Shape {
  readonly name: string
  readonly plan: Plan
  readonly budget: Budget
  /** Hints of the queue are told apart: sent, repeated, lost and late. Without, a claim needs none, as in a sweep. */
  readonly queue: boolean
  /** What the predicates of choices say. */
  readonly takesChoices: boolean
  /** Whether all turns are in one process, which writes what they see together and loses their leases together. */
  readonly oneProcess: boolean
  /** Whether a process that dies may leave a request on its way, which takes effect at the participant later. */
  readonly requestsOutliveCrash: boolean
  /**
   * Whether the plan lets `later` run only behind `earlier`, so that it has to be undone before it. Steps of parallel
   * branches are not in order.
   */
  readonly inOrder: (earlier: string, later: string) => boolean
}

/** Steps run in the order of the plan; those of branches side by side have none among them. */
export function plannedOrder(plan: Plan): Shape['inOrder'] {
  const steps = stepsOf(plan)
  const rank = new Map(steps.map(({ name }, index) => [name, index]))
  return (earlier, later) => {
    const [first, second] = [stepNamed(plan, earlier), stepNamed(plan, later)]
    if (first === undefined || second === undefined) return false
    if (first.place !== second.place) return first.place < second.place
    return first.branch === second.branch && (rank.get(earlier) ?? 0) < (rank.get(later) ?? 0)
  }
}
