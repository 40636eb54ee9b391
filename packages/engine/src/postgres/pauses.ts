import type { PauseTarget } from '../ports/pause-store.ts'
import { deletePause } from './queries/delete-pause.ts'
import { wakeDefinition } from './queries/wake-definition.ts'
import { runStatement } from './run-statement.ts'
import type { SqlExecutor } from './sql-executor.ts'

/** So many tasks are woken by one statement, each with a commit of its own. */
const wokenAtOnce = 1_000

/** Ends a pause. What was put off for a definition's is due then; a queue's tasks were only left alone. */
export async function resumePaused(executor: SqlExecutor, target: PauseTarget): Promise<boolean> {
  const was = await runStatement(() => deletePause(executor, target))
  if (!was || target.kind === 'queue') return was
  let woken = wokenAtOnce
  while (woken === wokenAtOnce) {
    woken = await runStatement(() => wakeDefinition(executor, target, wokenAtOnce))
  }
  return was
}
