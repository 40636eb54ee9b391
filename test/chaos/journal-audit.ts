import type { Backstep } from '@backstep/engine'

/** What the tables have against each other: a gap in a journal, a row that says something else than its journal, a task left. */
export async function unsoundRows(
  backstep: Backstep,
  sagaIds: readonly string[],
): Promise<readonly string[]> {
  const problems: string[] = []
  for (const sagaId of sagaIds) {
    const { saga, state, journal, tasks } = await backstep.describe(sagaId)
    const gap = journal.findIndex(({ seq }, index) => seq !== index + 1)
    if (gap >= 0) problems.push(`${sagaId} has a gap before journal row ${gap + 1}`)
    if (state.status !== saga.status)
      problems.push(`${sagaId} is ${saga.status} and folds to ${state.status}`)
    if (tasks.length > 0) problems.push(`${sagaId} is ${saga.status} and has ${tasks.length} tasks`)
  }
  return problems
}
