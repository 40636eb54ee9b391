import type { NewTask, SettleBranches } from '../ports/saga-store.ts'
import { unclaimedTask, wokenTask, type MemoryTables } from './memory-tables.ts'

/**
 * Whether all the claims stand.
 *
 * @throws Error when tasks are to be made that would have to share a branch: the caller is at fault, and nothing is written
 */
export function maySettle(tables: MemoryTables, sagaId: string, change: SettleBranches): boolean {
  const { claims, next } = change
  const stand = claims.every(
    ({ branch, claimId }) => tables.task(sagaId, branch)?.claim?.claimId === claimId,
  )
  if (!stand) return false
  const going = goingBranches(change)
  const staying = tables.tasksOf(sagaId).filter(({ branch }) => !going.has(branch))
  assertApart(sagaId, [...staying, ...next])
  return true
}

/** Takes the tasks of the branches that go, wakes all others where that is asked for, and makes the next ones. */
export function settleBranches(
  tables: MemoryTables,
  sagaId: string,
  made: { readonly change: SettleBranches; readonly atSeq: number; readonly at: number },
): void {
  const { next, wake } = made.change
  const going = goingBranches(made.change)
  for (const task of tables.tasksOf(sagaId)) {
    if (going.has(task.branch)) tables.removeTask(task)
    else if (wake) tables.putTask(wokenTask(task, made))
  }
  for (const task of next) tables.putTask(unclaimedTask(sagaId, task, made))
}

/**
 * Each branch has one task at most.
 *
 * @throws Error where a branch is named twice
 */
export function assertApart(sagaId: string, tasks: readonly Pick<NewTask, 'branch'>[]): void {
  const seen = new Set<string>()
  for (const { branch } of tasks) {
    if (seen.has(branch))
      throw new Error(`Saga ${sagaId} cannot have two tasks of branch ${branch}.`)
    seen.add(branch)
  }
}

function goingBranches({ claims, dropped }: SettleBranches): ReadonlySet<string> {
  return new Set([...claims.map(({ branch }) => branch), ...dropped])
}
