import type { AppendRecord, SagaStore, StartRecord } from '../ports/saga-store.ts'
import type { ClaimRecord, TaskStore } from '../ports/task-store.ts'
import { Batcher } from './batcher.ts'

/** Rows in one statement: enough that a commit costs little for each, few enough that none is slow. */
const limit = 200

/** What waits at most in one process, for each kind of statement. */
const maximumPending = 50_000

/** The stores whose hot statements are to be shared. */
export interface HotStores {
  readonly sagas: SagaStore
  readonly tasks: TaskStore
}

/**
 * Group commit: starts, claims and appends of many sagas of this process share statements and commits. What each caller
 * gets is what it would get alone.
 */
export function groupCommit({ sagas, tasks }: HotStores): HotStores {
  const options = { limit, maximumPending }
  const starts = new Batcher({
    ...options,
    send: (batch: readonly StartRecord[]) => sagas.start(batch),
    nameOf: bySaga,
  })
  const append = {
    ...options,
    send: (batch: readonly AppendRecord[]) => sagas.append(batch),
    nameOf: bySaga,
  }
  // Most appends change neither tasks nor a status, and have a cheaper statement among themselves.
  const plainAppends = new Batcher(append)
  const appends = new Batcher(append)
  const claims = new Batcher({
    ...options,
    send: (batch: readonly ClaimRecord[]) => tasks.claim(batch),
    nameOf: ({ sagaId, branch }: ClaimRecord) => `${sagaId}.${branch}`,
  })
  return {
    sagas: {
      start: (batch, how) =>
        how?.transaction === undefined
          ? each(batch, (record) => starts.submit(record))
          : sagas.start(batch, how),
      append: (batch) =>
        each(batch, (record) => (isPlain(record) ? plainAppends : appends).submit(record)),
      request: (record, how) => sagas.request(record, how),
      readJournal: (sagaId, afterSeq) => sagas.readJournal(sagaId, afterSeq),
    },
    tasks: {
      claim: (batch) => each(batch, (record) => claims.submit(record)),
      takeOver: (search) => tasks.takeOver(search),
      findOverdue: (search) => tasks.findOverdue(search),
      findUndispatched: (search) => tasks.findUndispatched(search),
      heartbeat: (beat) => tasks.heartbeat(beat),
      release: (released) => tasks.release(released),
    },
  }
}

function bySaga({ sagaId }: { readonly sagaId: string }): string {
  return sagaId
}

function isPlain({ task, row }: AppendRecord): boolean {
  return task.type === 'keep' && row === null
}

/** Nearly always there is one, and it is to cost no more than that. */
function each<Item, Result>(
  batch: readonly Item[],
  submit: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const [only] = batch
  return only !== undefined && batch.length === 1
    ? submit(only).then(alone)
    : Promise.all(batch.map(submit))
}

function alone<Result>(result: Result): readonly Result[] {
  return [result]
}
