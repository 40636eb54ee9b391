import type { PlanNode, SagaDetails, SagaView } from '@backstep/engine'

import { printable } from './printable.ts'
import { longAge, timeText } from './time-text.ts'

/** What is going to happen to a saga, and the commands that would move it on. */
export interface NextMove {
  readonly text: string
  /** Without the name of the program; empty when there is nothing to do. */
  readonly commands: readonly string[]
}

/** What a saga waits for that sleeps, or waits for a signal; null for every other, and where somebody has woken it. */
export function waitMove(
  { plan, state }: Pick<SagaDetails, 'plan' | 'state'>,
  now: number,
): NextMove | null {
  const main = state.branches['main']
  if (main === undefined || state.status !== 'running' || state.cancel === 'requested') return null
  const { cursor, wakeAt } = main
  const node = plan.nodes[cursor]
  if (node === undefined || (wakeAt > 0 && wakeAt <= now)) return null
  const until = wakeAt === 0 ? '' : ` until ${timeText(wakeAt)} (in ${longAge(wakeAt - now)})`
  return moveAt(state, node, until)
}

function moveAt({ sagaId, signals }: SagaView, node: PlanNode, until: string): NextMove | null {
  if (node.type === 'sleep') {
    return { text: `It sleeps${until}; there is nothing to do.`, commands: [] }
  }
  if (node.type !== 'wait' || signals.some(({ name }) => name === node.name)) return null
  return {
    text: `It waits for the signal "${printable(node.name)}"${until}.`,
    commands: [`signal ${sagaId} ${shellWord(node.name)} --payload '…'`],
  }
}

function shellWord(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : `'${printable(name)}'`
}
