import * as fc from 'fast-check'
import {
  hasFallback,
  probeOf,
  type ProbePlan,
  type StepNode,
} from '../../../packages/engine/src/core/plan.ts'
import type { RetryPolicy } from '../../../packages/engine/src/core/retry-policy.ts'
import type { SequentialPlan } from './plans.ts'
import { attempts, harmless, pivot, planOf, retriable, step } from './plans.ts'

/** How an attempt ends, and what it did to the world before. */
export interface Work {
  readonly type: 'work'
  readonly verdict: 'success' | 'rejection' | 'error' | 'unworkable'
  /** Whether an attempt without a success has taken effect, or an undo without one has undone it. */
  readonly effect: boolean
  /** A handler that does not settle when told to works on, and reports late. */
  readonly settles: boolean
  /** In [0, 1), for the jitter. */
  readonly random: number
  /** Claim before the task is due: a queue's clock may be ahead. */
  readonly early: boolean
  /** The circuit of the step is open in the process that claims it. */
  readonly open: boolean
}

/** One thing that happens to a saga. */
export type Move =
  | Work
  | { readonly type: 'lose' }
  | { readonly type: 'cancel'; readonly unread: boolean }
  | { readonly type: 'retry' }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'late'; readonly which: number; readonly effect: boolean }

/** A handler that does what it should. */
export const goodWork: Work = {
  type: 'work',
  verdict: 'success',
  effect: true,
  settles: true,
  random: 0.5,
  early: false,
  open: false,
}

const work: fc.Arbitrary<Work> = fc.record({
  type: fc.constant('work' as const),
  verdict: fc.oneof(
    { weight: 5, arbitrary: fc.constant('success' as const) },
    { weight: 2, arbitrary: fc.constant('error' as const) },
    { weight: 1, arbitrary: fc.constant('rejection' as const) },
    { weight: 1, arbitrary: fc.constant('unworkable' as const) },
  ),
  effect: fc.boolean(),
  settles: fc.boolean(),
  random: fc.constantFrom(0, 0.5, 0.999),
  early: fc.boolean(),
  open: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
})

/** What may happen to a saga, most often work. */
export const moves: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: work },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('lose' as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant('late' as const),
        which: fc.nat(5),
        effect: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('cancel' as const), unread: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('retry' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('wait' as const),
        ms: fc.constantFrom(1_000, 40_000),
      }),
    },
  ),
  { maxLength: 40, size: 'max' },
)

/** What the world's errors and lost leases count against. */
const byCode: RetryPolicy = {
  ...attempts(2),
  byCode: { broken: attempts(2), lease_lost: attempts(3) },
}

const common = fc.record(
  {
    retry: fc.constantFrom(attempts(1), attempts(2), attempts(3), attempts(null), byCode),
    totalTimeoutMs: fc.constantFrom(null, null, 10_000),
    transactional: fc.constant(true as const),
    fallback: fc.constant(true as const),
  },
  { requiredKeys: ['retry', 'totalTimeoutMs'] },
)
const covers = fc.record(
  {
    rejectionCoversEarlierAttempts: fc.boolean(),
    onFailure: fc.constant('park' as const),
    probe: fc.constantFrom(attempts(1), attempts(2), byCode).map(asProbe),
  },
  { requiredKeys: ['rejectionCoversEarlierAttempts'] },
)
const before = fc.tuple(
  common,
  covers,
  fc.record({ compensateWhenRejected: fc.boolean() }),
  fc.constantFrom(step, step, harmless),
)

function asProbe(retry: RetryPolicy): ProbePlan {
  return { retry, timeoutMs: 5_000 }
}

/** Up to three steps, a pivot or none, and up to two steps behind it. */
export const plans: fc.Arbitrary<SequentialPlan> = fc
  .tuple(
    fc.array(before, { maxLength: 3 }),
    fc.option(fc.tuple(common, covers), { nil: null }),
    fc.array(common, { maxLength: 2 }),
  )
  .map(([first, decisive, last]) => {
    const nodes: StepNode[] = first.map(([options, cover, rejected, kind], index) =>
      withoutDoubt(kind(`before-${index}`, { ...options, ...cover, ...rejected })),
    )
    if (decisive === null) return planOf(...nodes)
    const [{ fallback: _, ...options }, cover] = decisive
    nodes.push(withoutDoubt(pivot('pivot', { ...options, ...cover })))
    nodes.push(...last.map((rest, index) => withoutDoubt(retriable(`behind-${index}`, rest))))
    return planOf(...nodes)
  })

/** What a transaction did is never in doubt, and there is no other way to do it: a step with a probe or a fallback has none. */
function withoutDoubt(node: StepNode): StepNode {
  if (probeOf(node) === undefined && !hasFallback(node)) return node
  const { transactional: _, ...rest } = node
  return rest
}
