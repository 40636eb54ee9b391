import type { StepNode } from '../core/plan.ts'
import type { OpenTransaction } from '../ports/transactional-store.ts'
import type { RunCommand } from './attempt.ts'
import { handBackNow } from './hand-back.ts'
import type { HeldClaim } from './held-claim.ts'
import { timeoutOf } from './step-runner.ts'
import type { TurnPorts } from './turn-ports.ts'
import { untilAnswered } from './until-answered.ts'

/** Whether the handler that a command runs works inside a transaction. */
export function isTransactional(command: RunCommand, node: StepNode): boolean {
  if (command.type === 'run_probe') return false
  if (command.type === 'run_action') return node.transactional === true
  if (node.role !== 'compensatable' || node.compensation.type === 'none') return false
  return node.compensation.transactional === true
}

/**
 * Begins the transaction of an attempt. To wait in line for it is no part of the attempt: its time has not begun.
 *
 * @returns null when the claim was lost or the process is to end before there was one: what never started is given back
 */
export async function beginTransaction(
  ports: TurnPorts,
  held: HeldClaim,
  { command, node }: { readonly command: RunCommand; readonly node: StepNode },
): Promise<OpenTransaction | null> {
  const { transactions, clock, abortGraceMs } = ports
  const timeoutMs = timeoutOf(command, node)
  const limits = { statementMs: timeoutMs, idleMs: timeoutMs + abortGraceMs }
  const open = await untilAnswered(() => transactions.begin(limits, held.stop.signal), ports)
  // The wait may have been long: no handler starts beyond the claim's deadline.
  if (open !== null && held.isCurrent(clock.monotonicMs())) return open
  await open?.rollback()
  await handBackNow(ports, held)
  return null
}
