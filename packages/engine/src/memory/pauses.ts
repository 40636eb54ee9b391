import type { Pause, PauseTarget } from '../ports/pause-store.ts'
import { wokenTask, type MemoryTables } from './memory-tables.ts'
import { storableCopy } from './storable-copy.ts'

/** All pauses, in the order of Postgres. */
export function listPauses({ pauses }: MemoryTables): readonly Pause[] {
  return [...pauses.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, pause]) => storableCopy(pause))
}

/** Whether it was not paused before. */
export function addPause(
  tables: MemoryTables,
  target: PauseTarget,
  by: Pick<Pause, 'actor' | 'reason'>,
): boolean {
  const name = nameOf(target)
  if (tables.pauses.has(name)) return false
  const { actor, reason } = by
  tables.pauses.set(name, storableCopy({ ...target, actor, reason, pausedAt: tables.now() }))
  return true
}

/** Ends a pause, and makes the tasks of a definition due whose time is ahead. */
export function endPause(tables: MemoryTables, target: PauseTarget): boolean {
  const was = tables.pauses.delete(nameOf(target))
  if (was && target.kind === 'definition') wakeDefinition(tables, target)
  return was
}

function wakeDefinition(tables: MemoryTables, { name, version }: PauseTarget): void {
  const at = tables.now()
  for (const task of tables.allTasks()) {
    const saga = tables.sagas.get(task.sagaId)
    const isOfIt = saga?.name === name && [0, saga.version].includes(version)
    if (!isOfIt || saga.paused || task.claim !== null || task.runAt <= at) continue
    tables.putTask(wokenTask(task, { atSeq: task.atSeq, at }))
  }
}

function nameOf({ kind, name, version }: PauseTarget): string {
  return JSON.stringify([kind, name, version])
}
