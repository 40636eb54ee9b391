import {
  stuckCodes,
  type SagaDetails,
  type SagaView,
  type Stuck,
  type TaskRow,
} from '@backstep/engine'

import { printable } from './printable.ts'
import { longAge, timeText } from './time-text.ts'

/** What is going to happen to a saga, and the commands that would move it on. */
export interface NextMove {
  readonly text: string
  /** Without the name of the program; empty when there is nothing to do. */
  readonly commands: readonly string[]
}

/** Work that nobody has taken for this long makes one ask whether anybody serves its queue. */
const overdueMs = 30_000

/** Tells what happens next, and what an operator can do about it. */
export function nextMove({ plan, state, tasks }: SagaDetails, now: number): NextMove {
  switch (state.status) {
    case 'running':
    case 'compensating':
      return moveOfTask(tasks[0], now)
    case 'stuck':
      return moveOfStuck({ plan, state })
    case 'completed':
    case 'compensated':
      return { text: 'It has ended; there is nothing to do.', commands: [] }
  }
}

/** What is known about a saga that is stuck. */
export type StuckState = Extract<SagaView, { status: 'stuck' }>

/** What an operator can do about a stuck saga. */
export function moveOfStuck({
  plan,
  state,
}: Pick<SagaDetails, 'plan'> & { readonly state: StuckState }): NextMove {
  const { sagaId, stuck } = state
  const retry = `retry ${sagaId} --reason "…"`
  const cancel = `cancel ${sagaId} --reason "…"`
  return {
    text: stuckCodes[stuck.code],
    commands: mayGoBack(plan, state, stuck) ? [retry, cancel] : [retry],
  }
}

/** Past its pivot, or while nobody knows whether the pivot took effect, a saga cannot be undone. */
function mayGoBack(plan: SagaDetails['plan'], state: SagaView, stuck: Stuck): boolean {
  if (stuck.direction === 'backward') return false
  const pivot = plan.nodes.find((node) => node.type === 'step' && node.role === 'pivot')
  if (pivot === undefined) return true
  const action = state.steps[pivot.name]?.action
  if (action === undefined || stuck.step !== pivot.name) return action?.status !== 'succeeded'
  return action.unknownAttempts === 0
}

function moveOfTask(task: TaskRow | undefined, now: number): NextMove {
  if (task === undefined) {
    return { text: 'It has just moved: nothing is queued for it. Look again.', commands: [] }
  }
  const { leaseUntil, runAt } = task
  const queue = printable(task.queue)
  if (leaseUntil !== null && leaseUntil >= now) {
    return { text: 'A worker is at it; there is nothing to do.', commands: [] }
  }
  if (leaseUntil !== null) {
    const silent = `Its worker was not heard of since its lease ran out ${longAge(now - leaseUntil)} ago.`
    return { text: `${silent} ${whoServes(queue)} takes it over within seconds.`, commands: [] }
  }
  if (runAt > now) {
    return {
      text: `It waits for its next attempt until ${timeText(runAt)} (in ${longAge(runAt - now)}); there is nothing to do.`,
      commands: [],
    }
  }
  if (now - runAt < overdueMs) {
    return { text: `${whoServes(queue)} takes it within seconds.`, commands: [] }
  }
  return {
    text: `Nobody has taken it for ${longAge(now - runAt)}. Is a worker running that serves the queue "${queue}"? Look at its /readyz and its log.`,
    commands: [],
  }
}

function whoServes(queue: string): string {
  return `A worker that serves the queue "${queue}"`
}
