import { LONG_MS, type Scene } from './scene.ts'

/** All that can be read about a saga, with every time replaced by what it means. */
export async function visibleRows(scene: Scene, sagaId: string): Promise<unknown> {
  const entries = await scene.store.readJournal(sagaId, 0)
  const saga = await scene.store.findSaga(sagaId)
  if (saga === undefined) return { entries, saga }
  const { startedAt, changedAt, ...rest } = saga
  const seqAt = (at: number) => entries.find((entry) => entry.at === at)?.seq ?? 'no row'
  const distance = (at: number | null) => {
    if (at === null) return null
    return at - startedAt > LONG_MS / 2 ? 'later' : 'soon'
  }
  const tasks = (await scene.store.listTasks(sagaId)).map(({ runAt, leaseUntil, ...task }) => {
    return Object.assign(task, { runAt: distance(runAt), leaseUntil: distance(leaseUntil) })
  })
  return {
    saga: { ...rest, startedAt: seqAt(startedAt), changedAt: seqAt(changedAt) },
    rows: entries.map(({ seq, events }) => ({ seq, events })),
    tasks,
  }
}

/** All that can be read about sagas together. */
export async function visibleLists(scene: Scene, sagaIds: readonly string[]): Promise<unknown> {
  const { store } = scene
  const listed = await store.listSagas({ limit: 100 })
  const live = await store.listSagas({ statuses: ['running', 'stuck', 'compensating'], limit: 2 })
  const ended = await store.findEnded(sagaIds)
  return {
    listed: idsOf(listed),
    live: idsOf(live),
    ended: idsOf(ended).toSorted(),
    backlog: (await store.readBacklog()).live,
    definitions: (await store.listDefinitions()).map(({ liveSagas }) => liveSagas),
  }
}

function idsOf(rows: readonly { readonly sagaId: string }[]): readonly string[] {
  return rows.map(({ sagaId }) => sagaId)
}
