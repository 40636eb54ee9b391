import type { SagaEvent } from '../../packages/engine/src/core/event.ts'
import type { AppendRecord, SettleBranches } from '../../packages/engine/src/ports/saga-store.ts'
import type { SimNode } from './node.ts'
import type { SagaRecord } from './saga-record.ts'
import { isVerdict } from './traits-of-rows.ts'

/** What speaks against an append that is about to count, in who holds what before it: one holder of each branch. */
export function appendProblems(
  record: SagaRecord,
  { task, events }: AppendRecord,
  node: SimNode,
): readonly string[] {
  const what = `${node.name} appended ${events.map(({ type }) => type).join('+')} (${task.type})`
  if (task.type === 'create' || task.type === 'none') {
    return record.isFree ? [] : [`${what} while somebody holds a claim`]
  }
  const problems = [
    ...(record.isHeldBy(node) ? [] : ['holds no claim']),
    ...(task.type === 'settle' ? task.claims.flatMap(foreign(record, node)) : []),
    ...events.flatMap(unheld(record, node)),
  ]
  return problems.map((problem) => `${what}, and ${problem}`)
}

/** Somebody else's branch that is decided on. */
function unheld(record: SagaRecord, node: SimNode): (event: SagaEvent) => readonly string[] {
  return (event) => {
    if (!isVerdict(event) && event.type !== 'action_starting') return []
    const { branch, type } = event
    return record.claimOn(branch)?.node === node ? [] : [`does not hold ${branch}: ${type}`]
  }
}

/** A claim that is settled and is not this process's own. */
function foreign(
  record: SagaRecord,
  node: SimNode,
): (settled: SettleBranches['claims'][number]) => readonly string[] {
  return ({ branch, claimId }) => {
    const claim = record.claimOn(branch)
    const isOwn = claim?.claimId === claimId && claim.node === node
    return isOwn ? [] : [`${claimId} is not its claim on ${branch}`]
  }
}
