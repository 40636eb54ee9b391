import type { Rehearsal } from './arena.ts'
import type { Strike } from './order.ts'
import type { Shape } from './shapes.ts'

/** A strike, and the shape that it is made on. */
export interface PlannedStrike {
  readonly shape: Shape
  readonly strike: Strike
}

/** Before and after each of these methods. */
export function pointsOf(methods: readonly string[]): readonly string[] {
  return methods.flatMap((method) => [`${method}:before`, `${method}:after`])
}

/** Every call of these is struck by a kill, not the first one only: a saga moves from one of them to the next. */
const movesSaga = new Set(['SagaStore.append', 'OpenTransaction.commit'])

/**
 * At every point that a shape comes to: a kill at its first call, and a freeze at the one in the middle, as the rehearsal has
 * counted them. How often time alone makes a call differs from run to run, so that the last one may not come at all.
 */
export function allStrikes({ shape, calls }: Rehearsal): readonly PlannedStrike[] {
  return [...calls].flatMap(([point, count]) => {
    const [method = ''] = point.split(':')
    const kills = movesSaga.has(method) ? range(count) : [1]
    const strikes: readonly Strike[] = [
      ...kills.map((call) => ({ point, call, signal: 'SIGKILL' }) as const),
      { point, call: Math.ceil(count / 2), signal: 'SIGSTOP' },
    ]
    return strikes.map((strike) => ({ shape, strike }))
  })
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

/** A few that say the most, for every day; by the name of the shape. */
const daily: readonly (readonly [string, string, number, Strike['signal']])[] = [
  ['sequential', 'SagaStore.start:after', 1, 'SIGKILL'],
  ['sequential', 'SagaStore.append:before', 3, 'SIGKILL'],
  ['fork', 'TaskStore.release:before', 1, 'SIGSTOP'],
  ['sequential', 'TaskQueue.dispatch:before', 1, 'SIGKILL'],
  ['fork', 'SagaStore.append:after', 5, 'SIGKILL'],
  ['fork', 'TaskStore.claim:after', 2, 'SIGSTOP'],
  ['fork', 'SagaStore.request:after', 1, 'SIGKILL'],
  ['patient', 'OpenTransaction.commit:before', 1, 'SIGSTOP'],
  ['patient', 'OpenTransaction.commit:after', 1, 'SIGKILL'],
  ['patient', 'TaskStore.heartbeat:before', 1, 'SIGSTOP'],
]

/** The strikes of every day on one shape. */
export function dailyStrikes(shape: Shape): readonly PlannedStrike[] {
  return daily.flatMap(([name, point, call, signal]) =>
    name === shape.name ? [{ shape, strike: { point, call, signal } }] : [],
  )
}
